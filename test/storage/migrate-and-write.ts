// A process of its own: opens the database at the same time as others, migrates it, and writes to it.
import { Storage } from '../../src/storage/database.js';

const storage = new Storage({ file: process.argv[2] as string });
storage.migrate([
  'CREATE TABLE films (title TEXT NOT NULL) STRICT',
  (db) => {
    db.exec("INSERT INTO films VALUES ('Metropolis')");
  },
]);
for (let i = 0; i < 20; i++) {
  await storage.transaction((db) => db.prepare('INSERT INTO films VALUES (?)').run(`${process.pid}-${i}`));
}
storage.close();
process.stdout.write('done\n');
