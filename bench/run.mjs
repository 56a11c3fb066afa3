// `npm run bench -- [startup|services|layers|owned|lines|state|http|routes|sockets|types|all] [--rounds N] [--quick]`: builds, measures, prints tables, keeps the samples.
import { parseArgs } from 'node:util';
import { environment, loadNow } from './environment.mjs';
import { httpSuite, routesSuite } from './http.mjs';
import { layersSuite } from './layers.mjs';
import { linesSuite } from './lines.mjs';
import { ownedSuite } from './owned.mjs';
import { prepare } from './prepare.mjs';
import { keep } from './results.mjs';
import { servicesSuite } from './services.mjs';
import { socketsSuite } from './sockets.mjs';
import { startupSuite } from './startup.mjs';
import { stateSuite } from './state.mjs';
import { typesSuite } from './types.mjs';

const SUITES = {
  startup: startupSuite,
  services: servicesSuite,
  layers: layersSuite,
  owned: ownedSuite,
  lines: linesSuite,
  state: stateSuite,
  http: httpSuite,
  routes: routesSuite,
  sockets: socketsSuite,
  types: typesSuite,
};
const USAGE =
  'Usage: npm run bench -- [startup|services|layers|owned|lines|state|http|routes|sockets|types|all] [--rounds N] [--quick]';

function readArguments() {
  const options = { rounds: { type: 'string' }, quick: { type: 'boolean', default: false } };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [chosen = 'all', ...others] = positionals;
  const names = chosen === 'all' ? Object.keys(SUITES) : [chosen];
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const wrong = others.length > 0 || !names.every((name) => Object.hasOwn(SUITES, name));
  if (wrong || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
    console.error(USAGE);
    process.exit(1);
  }
  return { names, rounds, quick: values.quick };
}

const { names, rounds, quick } = readArguments();
await prepare();
for (const name of names) {
  if (loadNow() > 1) console.warn(`The machine is busy (load ${loadNow()}): trust the ratios less than usual.`);
  const begun = { ...environment(), load: loadNow() };
  const { samples, tables } = await SUITES[name]({ rounds, quick });
  console.log(`\n${tables}`);
  const file = keep(name, { ...begun, loadAfter: loadNow(), quick, samples }, tables);
  console.log(`Samples: ${file}`);
}
