// What hub and device say to each other: one JSON object per line, each answer with the number of its question.

export type Question = { readonly ask: 'read' } | { readonly ask: 'set'; readonly value: number };

export type QuestionLine = Question & { readonly id: number };

/** The device's value; or why it does not do what it was asked. */
export type AnswerLine = { readonly id: number; readonly value: number } | { readonly id: number; readonly no: string };

/** The first line of every device. */
export const HELLO = 'device ready';
