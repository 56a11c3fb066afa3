// Starts, or prints everything that is wrong with the environment.
import { BootError, bootstrap } from 'specter-runtime';
import { AppModule } from './mailer.js';

try {
  await bootstrap(AppModule);
  console.log('The mailer runs; Ctrl-C stops it');
} catch (error) {
  if (!(error instanceof BootError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
