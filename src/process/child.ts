// Child: one run of a program; the only door to node:child_process.
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { errorOf, messageOf } from '../kernel/errors.js';
import { environmentOf, type Variables } from './environment.js';
import { type ProcessExit, SpawnError } from './errors.js';
import { guardExit } from './exit-guard.js';
import { Group } from './group.js';
import { makeMark } from './mark.js';

/** What is to be run. */
export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Variables;
  readonly stdin: 'closed' | 'pipe';
}

/** A program that runs, in a process group of its own. */
export class Child {
  readonly pid: number;
  readonly mark: string;
  readonly group: Group;
  readonly since = performance.now();
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  /** It has exited, and both streams have been read to their end. */
  readonly closed: Promise<unknown>;
  #exit: ProcessExit | undefined;

  constructor(child: ChildProcess, mark: string) {
    this.pid = child.pid as number;
    this.mark = mark;
    this.group = new Group(this.pid);
    this.stdin = child.stdin;
    this.stdout = child.stdout as Readable;
    this.stderr = child.stderr as Readable;
    const release = guardExit(this.group);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        release();
        resolve(this.#exit);
      });
    });
    this.closed = new Promise((resolve) => child.once('close', resolve));
    // Of a pipe that broke the one who writes is told.
    this.stdin?.on('error', () => {});
  }

  /** How it ended, if it has. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Whether it, or something that it has started and that stayed with it, runs. */
  get isAlive(): boolean {
    return this.group.isAlive(this.#exit === undefined);
  }
}

/** @throws SPECTER_SPAWN with the reason and what to do */
export async function spawnChild(command: Command): Promise<Child> {
  checkText(command);
  const mark = makeMark(command.name);
  try {
    return await begin(command, mark);
  } catch (thrown) {
    throw new SpawnError(command.name, { ...reasonOf(thrown, command), cause: thrown });
  }
}

function begin({ command, args, cwd, env, stdin }: Command, mark: string): Promise<Child> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: environmentOf(env, mark),
      stdio: [stdin === 'pipe' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      shell: false,
    });
    // It stays: an error that comes later, as of a signal that could not be sent, must not end this process.
    child.on('error', reject);
    // Before it is told of, so that an exit that follows at once is not missed.
    child.once('spawn', () => resolve(new Child(child, mark)));
  });
}

/** A NUL byte would end the text for the program, and not for whoever checked it. */
function checkText({ name, command, args, cwd = '', env }: Command): void {
  const variables = Object.entries(env).map(([key, value = '']) => [`variable ${key}`, key + value] as const);
  const numbered = args.map((arg, i) => [`argument ${i + 1}`, arg] as const);
  const [bad] = [['the command', command], ['cwd', cwd], ...numbered, ...variables].find(([, text]) => text?.includes('\0')) ?? []; // biome-ignore format: a list
  if (bad) throw new SpawnError(name, { why: `${printable(bad)} has a NUL byte in it`, cure: 'Check input before it becomes an argument.' }); // biome-ignore format: a sentence
}

function printable(text: string): string {
  return text.replaceAll('\0', '\\0');
}

interface Reason {
  readonly why: string;
  readonly cure: string;
}

const RESOURCES = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'];

function reasonOf(thrown: unknown, { command, cwd }: Command): Reason {
  const { code = '' } = errorOf(thrown) as NodeJS.ErrnoException;
  if (cwd !== undefined && !isFolder(cwd))
    return { why: `its working directory ${cwd} is no folder that can be entered`, cure: 'Create it, or change cwd.' };
  if (code === 'ENOENT')
    return {
      why: `there is no program ${command}${command.includes('/') ? '' : ' in PATH'}`,
      cure: 'Install it, or give its absolute path. (A script may also name an interpreter that is not there.)',
    };
  if (code === 'EACCES' || code === 'EPERM')
    return { why: `${command} may not be executed (${code})`, cure: 'Make it executable: chmod +x, for this user.' };
  if (code === 'E2BIG')
    return { why: 'its arguments and environment are too large', cure: 'Give it large input on stdin, or in a file.' };
  if (RESOURCES.includes(code))
    return { why: `the machine has no room for another process (${code})`, cure: 'Raise ulimit -u and -n, or run fewer.' }; // biome-ignore format: a sentence
  return { why: `${messageOf(thrown)}`, cure: 'Try the same command by hand.' };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
