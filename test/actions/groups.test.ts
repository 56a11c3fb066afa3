// Groups of rules mean the same behind every door: a body, an event, an action over HTTP and over sockets.
import 'reflect-metadata';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { Action, checkActions } from '../../src/actions/action.js';
import { rolesOf } from '../../src/app/tags.js';
import { Controller, Post } from '../../src/http/controller.js';
import { Body } from '../../src/http/parameters.js';
import type { Class } from '../../src/kernel/token.js';
import { On } from '../../src/sockets/handler.js';
import type { RuleGroups } from '../../src/validation/gate.js';
import { ActionStage } from './stage.js';

class Film {
  @IsString({ groups: ['create', 'change'] }) @IsOptional({ groups: ['change'] }) title?: string;
  @IsInt({ groups: ['create'] }) year?: number;
  @IsInt() stars?: number;
}

function filmController(groups: RuleGroups): Class {
  @Controller({ name: 'film' })
  class FilmController {
    @Post('/films') post(@Body(Film, groups) film: Film) {
      return film;
    }
    @On('film', { type: Film, ...groups }) on(film: Film) {
      return film;
    }
    @Action({ type: Film, ...groups }) put(film: Film) {
      return film;
    }
  }
  return FilmController;
}

let stage: ActionStage;
beforeEach(async () => {
  stage = await new ActionStage().open();
});
afterEach(() => stage.close());

/** `path rule` of each fault, behind each of the four doors. */
async function faults(payload: unknown): Promise<string[][]> {
  const client = await stage.client();
  const body = await fetch(`${stage.url}/films`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  const problems = [
    await body.json(),
    (await client.emitWithAck('film', payload)).error,
    (await stage.post('film.put', payload)).json.error,
    (await client.emitWithAck('action', 'film.put', payload)).error,
  ] as ({ errors?: { path: string; rule: string }[] } | undefined)[];
  return problems.map((problem) => (problem?.errors ?? []).map(({ path, rule }) => `${path} ${rule}`).sort());
}

// Teeth: without the groups an event and an action would ask every rule (tried).
test.each<[string, RuleGroups, object, string[]]>([
  ['the rules of a group', { groups: ['create'] }, { title: 'Alien' }, ['year isInt']],
  ['those of another one', { groups: ['change'] }, {}, []],
  ['not what belongs to neither', { groups: ['change'] }, { year: 1979, stars: 5 }, ['stars unknown', 'year unknown']],
  ['several', { groups: ['create', 'change'] }, { title: 1 }, ['title isString', 'year isInt']],
  ['those without a group as well', { groups: ['change'], always: true }, {}, ['stars isInt']],
  ['those without a group alone', { strictGroups: true }, { title: 'Alien' }, ['stars isInt', 'title unknown']],
])('asks %s: %j', async (_what, groups, payload, expected) => {
  await stage.start(filmController(groups));
  expect(await faults(payload)).toEqual([expected, expected, expected, expected]);
});

test('a class without a rule in the groups does not start', () => {
  const target = filmController({ groups: ['nothing'] });
  const check = () => rolesOf(target).map(({ role, options }) => thrownBy(() => role.check?.(target, options)));
  expect(check().flat()).toEqual(Array(3).fill('SPECTER_UNTYPED_INPUT'));
  expect(checkActions([target])).toEqual([]);
});

function thrownBy(step: () => unknown): unknown[] {
  try {
    step();
    return [];
  } catch (error) {
    return [(error as { code?: string }).code];
  }
}
