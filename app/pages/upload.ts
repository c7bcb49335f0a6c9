/**
 * One attachment on its way: sealed while it is sent, in parts of fixed size.
 *
 * The object keeps its place. After a failure `run` goes on with the part that failed, so a
 * dropped circuit costs one part and not the file.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import type { Recipient } from "../../crypto/browser/age.ts";
import { sealAttachment, sealedAttachmentSize } from "../../crypto/browser/envelope.ts";
import { type Site, UnexpectedAnswerError } from "./http.ts";

export interface Uploaded {
    readonly id: string;
    /** H of the age file. */
    readonly digest: Uint8Array;
}

interface Started {
    readonly id: string;
    readonly parts: Parts;
    readonly count: number;
}

export class Upload {
    readonly #site: Site;
    readonly #bytes: Uint8Array;
    readonly #recipients: readonly Recipient[];
    readonly #hash = sha256.create();
    #started: Started | undefined;
    #pending: Uint8Array<ArrayBuffer> | undefined;
    #sent = 0;
    #done: Uploaded | undefined;

    constructor(site: Site, bytes: Uint8Array, recipients: readonly Recipient[]) {
        this.#site = site;
        this.#bytes = bytes;
        this.#recipients = recipients;
    }

    /** Send what is left; *onProgress* hears fractions from 0 to 1. */
    async run(onProgress: (fraction: number) => void): Promise<Uploaded> {
        this.#done ??= await this.#finish(onProgress);
        return this.#done;
    }

    async #finish(onProgress: (fraction: number) => void): Promise<Uploaded> {
        this.#started ??= await this.#start();
        const { id, parts, count } = this.#started;
        while (this.#sent < count) {
            onProgress(this.#sent / count);
            this.#pending ??= this.#hashed(await parts.next());
            await this.#put(id, this.#sent, this.#pending);
            this.#pending = undefined;
            this.#sent++;
        }
        return { id, digest: this.#hash.digest() };
    }

    async #start(): Promise<Started> {
        const size = sealedAttachmentSize(this.#bytes.length, this.#recipients.length);
        const answer = await this.#site.post("uploads", { size });
        const [id, partBytes, count] = [answer.text("id"), answer.integer("part_bytes"), answer.integer("parts")];
        if (!/^[0-9a-f]{64}$/.test(id) || partBytes < 1 || count !== Math.ceil(size / partBytes)) {
            throw new UnexpectedAnswerError("upload");
        }
        const sealed = await sealAttachment(this.#bytes, this.#recipients);
        return { id, parts: new Parts(sealed, size, partBytes), count };
    }

    #hashed(part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
        this.#hash.update(part);
        return part;
    }

    async #put(id: string, index: number, part: Uint8Array<ArrayBuffer>): Promise<void> {
        const arrived = async (): Promise<boolean> => {
            const answer = await this.#site.get(`uploads/${id}`);
            return answer.integers("have").includes(index);
        };
        await this.#site.put(`uploads/${id}/${index}`, part, arrived);
    }
}

/** Cuts a stream of *size* bytes into parts of *partBytes*; the last is what is left. */
class Parts {
    readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
    readonly #partBytes: number;
    #left: number;
    #chunk: Uint8Array = new Uint8Array(0);

    constructor(stream: ReadableStream<Uint8Array>, size: number, partBytes: number) {
        this.#reader = stream.getReader();
        this.#left = size;
        this.#partBytes = partBytes;
    }

    async next(): Promise<Uint8Array<ArrayBuffer>> {
        const part = new Uint8Array(Math.min(this.#partBytes, this.#left));
        for (let filled = 0; filled < part.length; ) {
            if (this.#chunk.length === 0) this.#chunk = await this.#read();
            const taken = this.#chunk.subarray(0, part.length - filled);
            part.set(taken, filled);
            filled += taken.length;
            this.#chunk = this.#chunk.subarray(taken.length);
        }
        this.#left -= part.length;
        return part;
    }

    async #read(): Promise<Uint8Array> {
        const { done, value } = await this.#reader.read();
        if (done) throw new RangeError("the sealed file is shorter than computed");
        return value;
    }
}
