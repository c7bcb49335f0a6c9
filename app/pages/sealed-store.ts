/** What an offline page keeps between two people: sealed items, by names that are random. */

import { parseBase64, toBase64 } from "../../crypto/browser/bytes.ts";
import type { Json } from "../../crypto/browser/padding.ts";

export interface SealedItem {
    readonly name: Uint8Array;
    readonly item: Json;
}

const DATABASE = "wasl-field";
const ITEMS = "items";

/** IndexedDB: ciphertext only. The names order it, so nothing tells what came first. */
export class SealedStore {
    readonly #database: IDBDatabase;

    private constructor(database: IDBDatabase) {
        this.#database = database;
    }

    /** Rejects where a browser keeps nothing for this page. One store for each instance. */
    static async open(origin: string): Promise<SealedStore> {
        // eslint-disable-next-line no-restricted-globals -- sealed items are all that is left here
        const opening = indexedDB.open(`${DATABASE}/${origin}`, 1);
        opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(ITEMS));
        return new SealedStore(await settled(opening));
    }

    async put({ name, item }: SealedItem): Promise<void> {
        const writing = this.#database.transaction(ITEMS, "readwrite", { durability: "strict" });
        writing.objectStore(ITEMS).put(item, toBase64(name));
        await finished(writing);
    }

    async names(): Promise<Uint8Array[]> {
        const names = await settled(this.#items.getAllKeys());
        return names.map((name) => parseBase64(name as string));
    }

    async all(): Promise<SealedItem[]> {
        const items = this.#items;
        const [names, values] = await Promise.all([settled(items.getAllKeys()), settled<unknown[]>(items.getAll())]);
        return names.map((name, i) => ({ name: parseBase64(name as string), item: values[i] as Json }));
    }

    get #items(): IDBObjectStore {
        return this.#database.transaction(ITEMS).objectStore(ITEMS);
    }

    /** Take out what was saved elsewhere, and only that. */
    async drop(names: readonly Uint8Array[]): Promise<void> {
        const writing = this.#database.transaction(ITEMS, "readwrite", { durability: "strict" });
        for (const name of names) writing.objectStore(ITEMS).delete(toBase64(name));
        await finished(writing);
    }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        request.addEventListener("success", () => {
            resolve(request.result);
        });
        request.addEventListener("error", () => {
            reject(request.error ?? new Error("IndexedDB"));
        });
    });
}

function finished(transaction: IDBTransaction): Promise<void> {
    return new Promise((resolve, reject) => {
        transaction.addEventListener("complete", () => {
            resolve();
        });
        transaction.addEventListener("abort", () => {
            reject(transaction.error ?? new Error("IndexedDB"));
        });
    });
}
