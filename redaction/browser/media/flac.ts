/** The twin of `files/media/flac.py`, which says what stays and what goes. */

import { bigBytes } from "../bytes.ts";
import { type Header, lastFrameEnd, readHeader } from "./flac-frames.ts";
import { afterTags } from "./frames.ts";
import { bound, demand, Sound } from "./sound.ts";
import { verifyFlac } from "./verify-flac.ts";
import { asLatin1, latin1, LIMITS } from "../policy.ts";
import { join, number } from "../walker.ts";

const [STREAMINFO, PADDING, SEEKTABLE, LAST] = [0, 1, 3, 0x80];
const [DESCRIBED, POINT] = [34, 18];
/** Comments with the encoder's name, cue sheets with the number of a disc, pictures. */
const OTHERWISE: Readonly<Record<number, string>> = { 4: "software", 5: "identifier", 6: "thumbnail" };

export class FlacCleaner extends Sound {
    protected readonly media = "audio/flac";

    protected run(): void {
        const tags = this.take(afterTags(this.untrusted));
        if (tags.length > 0) this.noteTag(tags);
        demand(asLatin1(this.take(4)) === "fLaC");
        const [described, points] = this.blocks();
        const start = this.at;
        this.at = this.endOfFrames(start, (number(described, 12, 2) >> 4) & 31);
        const sound = this.untrusted.subarray(start, this.at);
        this.cutHere();
        const table = this.inOrder(points, sound.length);
        this.emit(latin1("fLaC"), block(STREAMINFO | (table.length > 0 ? 0 : LAST), described));
        if (table.length > 0) this.emit(block(SEEKTABLE | LAST, table));
        this.emit(sound);
    }

    protected verify(clean: Uint8Array): void {
        verifyFlac(clean);
    }

    /** The stream's description and the table for jumping, empty without one. */
    private blocks(): [described: Uint8Array, points: Uint8Array] {
        let [described, points, head] = [new Uint8Array(), new Uint8Array(), 0];
        for (let count = 0; count < LIMITS.chunks && head < LAST; count++) {
            head = number(this.take(1), 0, 1);
            const size = number(this.take(3), 0, 3);
            const body = this.take(size);
            const kind = head & ~LAST;
            if (kind === STREAMINFO && described.length === 0) {
                demand(size === DESCRIBED);
                described = new Uint8Array(body);
            } else if (kind === SEEKTABLE && points.length === 0) {
                points = new Uint8Array(body);
            } else if (kind !== PADDING || body.some((byte) => byte > 0)) {
                this.noteTag(body, OTHERWISE[kind]);
            }
        }
        demand(described.length > 0 && head >= LAST);
        return [described, points];
    }

    /** Where the last frame ends; *depth* is one less than bits of a sample. */
    private endOfFrames(start: number, depth: number): number {
        const first = readHeader(this.untrusted, start);
        demand(first !== undefined);
        let last = first;
        let lastAt = start;
        let [left, frames] = [LIMITS.chunks, 1];
        const sync = number(this.untrusted, start + 1, 1);
        let at = start + last.size;
        for (;;) {
            at = this.untrusted.indexOf(0xff, at + 1);
            if (at < 0) return lastFrameEnd(this.untrusted, lastAt, last, depth + 1);
            if (this.untrusted[at + 1] !== sync) continue;
            const candidate = readHeader(this.untrusted, at);
            if (candidate !== undefined && follows(last, candidate, (sync & 1) > 0)) {
                [last, lastAt] = [candidate, at];
                bound(++frames);
                at += candidate.size;
            } else {
                demand(--left > 0);
            }
        }
    }

    /** The points that lead to frames, in order, without placeholders. */
    private inOrder(points: Uint8Array, length: number): Uint8Array {
        const kept: Uint8Array[] = [];
        let last = -1;
        for (let at = 0; at + POINT <= points.length; at += POINT) {
            const sample = number(points, at, 4) * 2 ** 32 + number(points, at + 4, 4);
            const offset = number(points, at + 8, 4) * 2 ** 32 + number(points, at + 12, 4);
            if (sample > last && offset < length && sample < 2 ** 36) {
                kept.push(points.subarray(at, at + POINT));
                last = sample;
            } else if (points.subarray(at, at + 8).some((byte) => byte < 0xff)) {
                this.note(["unknown"]);
            }
        }
        return join(kept);
    }
}

/** Frames are counted, or their samples where blocks differ in size. */
function follows(last: Header, next: Header, samples: boolean): boolean {
    return next.number === last.number + (samples ? last.samples : 1);
}

function block(head: number, body: Uint8Array): Uint8Array {
    return join([Uint8Array.of(head), bigBytes(body.length, 3), body]);
}
