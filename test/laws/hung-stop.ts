// A program of ten services in a row, two of which never stop; for the law of deadlines.
import 'reflect-metadata';
import { bootstrap, type Class, Lifecycle, Module, Service } from '../../src/index.js';
import { trouble } from './ten-services.js';

const say = (text: string) => process.stdout.write(`${text}\n`);

@Module({ providers: trouble(Lifecycle, Service, say) as Class[] })
class App {}

await bootstrap(App, { shutdownTimeout: 5_000, logger: false });
say('ready');
setInterval(() => {}, 60_000);
