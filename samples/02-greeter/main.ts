// Starts the application, opens the port, and stops both at Ctrl-C.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './greeter.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl ${url}/greetings/Ada`);
