// Prints who is in which room, whenever that changes.
import { bootstrap } from 'specter-runtime';
import { AppModule, session } from './rooms.js';

const app = await bootstrap(AppModule, { sockets: { session } });
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Come in with a client of socket.io, and look: curl ${url}/rooms/hall`);
