// Shelf: one folder of the library, without those inside it. Statistics: all shelves together.

export interface Statistics {
  readonly files: number;
  /** How many have changed within a week. */
  readonly recent: number;
  readonly pictures: number;
  readonly sounds: number;
  /** Of all sounds whose length is known. */
  readonly seconds: number;
}

export type Shelf = Statistics;

export const EMPTY: Shelf = { files: 0, recent: 0, pictures: 0, sounds: 0, seconds: 0 };

export function together(a: Shelf, b: Shelf): Shelf {
  return {
    files: a.files + b.files,
    recent: a.recent + b.recent,
    pictures: a.pictures + b.pictures,
    sounds: a.sounds + b.sounds,
    seconds: Math.round((a.seconds + b.seconds) * 1000) / 1000,
  };
}
