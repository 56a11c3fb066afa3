// Says where the box is, and shows what is in it.
import { bootstrap } from 'specter-runtime';
import { AppModule, box, Desk } from './drop-box.js';

const app = await bootstrap(AppModule);
app.get(Desk).subscribe((state) => console.log(state));
console.log(`Put files into ${box.folder}/in. Ctrl-C stops it.`);
