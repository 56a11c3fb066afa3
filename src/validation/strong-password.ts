// Strong password: what @IsStrongPassword asks for, in one pass over the text; validator's own makes a list and a table of its characters first.

/** As @IsStrongPassword takes them. */
export interface PasswordOptions {
  readonly minLength?: number;
  readonly minLowercase?: number;
  readonly minUppercase?: number;
  readonly minNumbers?: number;
  readonly minSymbols?: number;
}

/** All characters that count for anything are below this. */
const CODES = 256;
const KINDS = [/[a-z]/, /[A-Z]/, /[0-9]/, /[-#!$@£%^&*()_+|~=`{}[\]:";'<>?,./\\ ]/];
/** Of each code, which kind it is, counted from 1; 0 for none. */
const KIND_OF = Uint8Array.from({ length: CODES }, (_, code) => {
  const text = String.fromCharCode(code);
  return KINDS.findIndex((kind) => kind.test(text)) + 1;
});

/** Says whether a text has as many characters of each kind as it should. */
export function passwordJudge(options: PasswordOptions | undefined): (value: unknown) => boolean {
  const { minLength = 8, minLowercase = 1, minUppercase = 1, minNumbers = 1, minSymbols = 1 } = options ?? {};
  const least = [0, minLowercase, minUppercase, minNumbers, minSymbols];
  return (value) => {
    if (typeof value !== 'string' || !(value.length >= minLength)) return false;
    const counts = countKinds(value);
    return least.every((min, kind) => (counts[kind] as number) >= min);
  };
}

function countKinds(text: string): Uint32Array {
  const counts = new Uint32Array(KINDS.length + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < CODES) (counts[KIND_OF[code] as number] as number)++;
  }
  return counts;
}
