// age-encryption (typage) alone, as anyone can install it: none of our own code.
//   node stock.mjs decrypt FILE   identity on standard input, plaintext to standard output
//   node stock.mjs encrypt FILE   recipient on standard input, age file to standard output
import { readFileSync } from "node:fs";
import { Decrypter, Encrypter } from "age-encryption";

const [, , what, file] = process.argv;
const key = readFileSync(0, "utf8").trim();
const bytes = new Uint8Array(readFileSync(file));

if (what === "decrypt") {
  const decrypter = new Decrypter();
  decrypter.addIdentity(key);
  process.stdout.write(await decrypter.decrypt(bytes));
} else {
  const encrypter = new Encrypter();
  encrypter.addRecipient(key);
  process.stdout.write(await encrypter.encrypt(bytes));
}
