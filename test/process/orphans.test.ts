// T41. What an application that was killed leaves behind ends with its stdin, or at the next start; nobody else does.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { Program } from '../processes/run.js';
import { repeat, scaled } from '../processes/scale.js';
import { carriersOf, endAll, isAlive, LINUX, LIVES, NODE, script, until } from './stage.js';

jest.setTimeout(120_000 * scaled(1));
afterEach(endAll);
const onLinux = LINUX ? describe : describe.skip;

let names = 0;
const freshName = () => `kept${process.pid}x${names++}`;
const pidsIn = (line: string) => line.split(' ').slice(1).map(Number);

/** An application whose processes run when this resolves. */
async function keeping(mode: string, ...how: string[]): Promise<{ program: Program; pids: number[] }> {
  const program = new Program('keeps-processes.ts', [mode, ...how]);
  return { program, pids: pidsIn(await program.line('runs ')) };
}

async function killed(...how: string[]): Promise<number[]> {
  const { program, pids } = await keeping('stay', ...how);
  program.kill('SIGKILL');
  await program.end();
  return pids;
}

onLinux('after the application was killed with SIGKILL', () => {
  test('those that read their stdin end by themselves', async () => {
    const pids = await killed(freshName(), '5', 'cooperative');
    await until(() => pids.every((pid) => !isAlive(pid)));
  });

  // Teeth: without the sweep all of them go on running (tried).
  test.each(['deaf', 'scattered'])('those that are %s are ended at the next start, with all they have started', async (kind) => {
    await repeat(scaled(1), async () => {
      const name = freshName();
      const pids = await killed(name, '5', kind);
      expect(pids.every(isAlive)).toBe(true);
      const { program } = await keeping('stop', name, '5', kind);
      expect(await program.end()).toMatchObject({ code: 0 });
      expect(pids.filter(isAlive)).toEqual([]);
      expect(carriersOf(`SPECTER_PROCESS=${name}`)).toEqual([]);
      expect(program.text).toMatch(new RegExp(`Process ${name}-0: .*${pids[0]}.* of a run that was killed got its end`));
    });
  }, 60_000); // biome-ignore format: a name that is one line

  test('those of another name stay, and so do those of an application that lives', async () => {
    const name = freshName();
    const lives = await keeping('stay', name, '1', 'deaf');
    const [orphan] = (await killed(`${name}-other`, '1', 'deaf')) as [number];
    const { program } = await keeping('stop', name, '1', 'deaf');
    await program.end();
    expect(program.text).not.toContain('got its end');
    expect([isAlive(orphan), isAlive(lives.pids[0] as number)]).toEqual([true, true]);
    process.kill(orphan, 'SIGKILL');
    lives.program.kill('SIGTERM');
    await lives.program.end();
  });
});

onLinux('who is swept', () => {
  const others: ChildProcess[] = [];
  /** Of this run of the test alone: what another left is not to be seen here. */
  const own = freshName();
  const starting = async () => {
    const { child, heard } = script(LIVES, { name: own });
    await child.start();
    return heard.of('process-swept');
  };
  afterEach(() => {
    for (const other of others.splice(0)) other.kill('SIGKILL');
  });

  /** A process that somebody else has started, with a mark as it might have been left. */
  async function other(mark: string): Promise<number> {
    const process_ = spawn(NODE, ['-e', LIVES], { env: { SPECTER_PROCESS: mark }, stdio: 'ignore' });
    others.push(process_);
    await once(process_, 'spawn');
    await until(() => readFileSync(`/proc/${process_.pid}/environ`, 'utf8').includes('SPECTER_PROCESS'));
    return process_.pid as number;
  }
  const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
  const here = () => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];

  // Teeth: looking only whether the application's pid is used takes an orphan for somebody's child, and leaves it (tried).
  test('an application is known by pid and start: one whose pid was given to another is dead', async () => {
    const orphan = await other(`${own}:${process.pid}:1:${here()}:a`);
    expect(await starting()).toMatchObject([{ pids: [orphan] }]);
    expect(isAlive(orphan)).toBe(false);
  });

  test.each<[string, () => string]>([
    ['of an application that lives', () => `${own}:${process.pid}:${startOf(process.pid)}:${here()}:a`],
    ['of another name', () => `${own}2:999999999:1:${here()}:a`],
    ['of another container', () => `${own}:999999999:1:1:a`],
    ['that says nothing', () => own],
    ['that somebody has made up', () => `:::/${own}:::`],
  ])('a process with a mark %s is left alone', async (_, mark) => {
    const pid = await other(mark());
    expect(await starting()).toEqual([]);
    expect(isAlive(pid)).toBe(true);
  });

  test('a process without a mark is never looked at, whatever its pid was before', async () => {
    const innocent = spawn(NODE, ['-e', LIVES], { env: {}, stdio: 'ignore' });
    others.push(innocent);
    await once(innocent, 'spawn');
    await starting();
    expect(isAlive(innocent.pid as number)).toBe(true);
  });

  test('an application that is itself a child of one that was killed does not sweep itself away', async () => {
    process.env.SPECTER_PROCESS = `${own}:999999999:1:${here()}:outer`;
    try {
      const sibling = await other(process.env.SPECTER_PROCESS);
      await starting();
      expect(isAlive(sibling)).toBe(true);
    } finally {
      delete process.env.SPECTER_PROCESS;
    }
  });
});
