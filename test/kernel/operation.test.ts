import { Operation, OperationError } from '../../src/kernel/operation.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { makeProblem, ProblemError } from '../../src/kernel/problem.js';

/** One whose steps do what a test says. */
class Doing extends Operation<number, unknown> {
  readonly steps: string[] = [];
  constructor(
    readonly work: (input: number) => unknown,
    readonly check: (input: number) => void | Promise<void> = () => {},
  ) {
    super();
  }
  protected override async validate(input: number) {
    this.steps.push('validate');
    await this.check(input);
  }
  protected override perform(input: number) {
    this.steps.push('perform');
    return this.work(input);
  }
}

const SECRET = 'hunter2';

describe('an operation', () => {
  test('validates, then performs, and its value is a success of 200', async () => {
    const operation = new Doing((n) => n * 2);
    expect(await operation.run(21)).toMatchObject({ ok: true, value: 42, status: 200, meta: {} });
    expect(operation.steps).toEqual(['validate', 'perform']);
  });

  test('needs no validate()', async () => {
    class Plain extends Operation<void, string> {
      protected perform() {
        return 'done';
      }
    }
    expect((await new Plain().run()).unwrap()).toBe('done');
  });

  // Tried: without the await before validate(), the input is performed.
  test('does nothing with an input that validate() refuses, also later', async () => {
    const operation = new Doing(
      () => 'done',
      async () => {
        await undefined;
        throw new OperationError('Too large.', { status: 422 });
      },
    );
    expect(await operation.run(1)).toMatchObject({ ok: false, status: 422, error: { detail: 'Too large.' } });
    expect(operation.steps).toEqual(['validate']);
  });

  test('whose perform() gives an outcome, has that outcome', async () => {
    const created = Outcome.success('new', { status: 201 });
    expect(await new Doing(async () => created).run(1)).toBe(created);
    expect(await new Doing(() => Outcome.failure('No.', { status: 409 })).run(1)).toMatchObject({ status: 409 });
  });
});

describe('an OperationError', () => {
  test('is a failure with its text, its status and its meta', async () => {
    const errors = [{ in: 'body', path: 'zip', rule: 'isPostalCode', message: 'zip must be a postal code' }] as const;
    const outcome = await new Doing(() => {
      throw new OperationError('It is lent.', { status: 409, meta: { until: 'May' }, code: 'FILM_LENT', errors });
    }).run(1);
    expect(outcome).toMatchObject({ ok: false, status: 409, meta: { until: 'May' } });
    expect(outcome.toJSON()).toEqual({
      ok: false,
      status: 409,
      error: { type: 'about:blank', title: 'Conflict', status: 409, detail: 'It is lent.', code: 'FILM_LENT', errors },
    });
  });

  test('is 400 when nothing is said, and never a status that is no failure', () => {
    expect(new OperationError('No.').problem.status).toBe(400);
    expect(new OperationError('No.', { status: 200 }).problem.status).toBe(500);
  });
});

describe('any other error', () => {
  test.each<[string, unknown]>([
    ['an error', new Error(SECRET)],
    ['a text', SECRET],
    ['nothing', undefined],
    ['an object', { secret: SECRET }],
    ['what cannot be read', new Proxy({}, { get: () => { throw new Error(SECRET); } })],
  ])('%s is a 500 that tells nothing, and is kept inside', async (_, thrown) => {
    const outcome = await new Doing(() => {
      throw thrown;
    }).run(1);
    expect(outcome).toMatchObject({ ok: false, status: 500, error: { code: 'SPECTER_INTERNAL' } });
    expect(!outcome.ok && outcome.cause).toBeInstanceOf(Error);
    // Tried: with the cause as a plain field, the copy has it.
    for (const shown of [outcome, { ...outcome }, outcome.toTuple()])
      expect(JSON.stringify(shown)).not.toContain(SECRET);
  }); // biome-ignore format: a table

  test('that has a problem of its own, as a failed validation, keeps it', async () => {
    const problem = makeProblem(422, { detail: 'No.', code: 'SPECTER_VALIDATION' });
    const outcome = await new Doing(() => Promise.reject(new ProblemError(problem))).run(1);
    expect(outcome).toMatchObject({ status: 422, error: problem, meta: {} });
  });

  test('is the cause of what unwrap() throws, so that a door can report it; map() keeps it', async () => {
    const cause = new Error(SECRET);
    const outcome = await new Doing(() => Promise.reject(cause)).run(1);
    for (const failed of [outcome, outcome.map(String)])
      expect(() => failed.unwrap()).toThrow(expect.objectContaining({ cause }));
  });
});
