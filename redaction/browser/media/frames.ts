/** Sound in frames: MP3 and AAC; the twin of `files/media/frames.py`, which gives the reasons. */

import { little } from "../bytes.ts";
import { bound, demand, Sound } from "./sound.ts";
import { asLatin1, LIMITS } from "../policy.ts";
import { number, UnreadableFileError } from "../walker.ts";

export interface Frame {
    /** In bytes; 0 where there is no frame. */
    readonly size: number;
    /** What all frames of a file have in common. */
    readonly kind: number;
}

export const NO_FRAME: Frame = { size: 0, kind: 0 };
const CHAIN = 3;
const LONGEST_LYRICS = 100_000;
const [OLD_TAG, EXTENDED_TAG] = [128, 227];
const TAGS = ["ID3", "APETAGEX", "LYRICSBEGIN", "TAG"];
const LYRICS_ENDS = ["LYRICSEND", "LYRICS200"];

export abstract class Framed extends Sound {
    protected readonly spans: [start: number, end: number][] = [];
    private kind: number | undefined;

    protected run(): void {
        this.find();
        demand(this.spans.length > 0);
        this.write();
    }

    protected abstract frame(at: number): Frame;

    /** Emit what stays of the frames in `spans`. */
    protected abstract write(): void;

    /** Collect whole frames; note and leave everything else. */
    private find(): void {
        const length = this.untrusted.length;
        let [at, junk, parts, following] = [0, 0, 0, false];
        while (at < length) {
            const { size, kind } = this.frame(at);
            const whole = size > 0 && size <= length - at && (this.kind ?? kind) === kind;
            if (whole && (following || this.isChain(at))) {
                this.kind = kind;
                following = true;
                this.spans.push([at, at + size]);
                bound(this.spans.length);
                at += size;
                continue;
            }
            following = false;
            parts++;
            let after = at + tagSize(this.untrusted, at);
            if (after === at) {
                after = nextPossible(this.untrusted, at + 1);
                junk += after - at;
            }
            demand(junk <= LIMITS.junk && parts <= LIMITS.segments);
            this.noteTag(this.untrusted.subarray(at, after), after === length ? "trailer" : "unknown");
            at = after;
        }
    }

    private isChain(start: number): boolean {
        const first = this.frame(start).kind;
        let at = start;
        for (let i = 0; i < CHAIN; i++) {
            const { size, kind } = this.frame(at);
            if (size === 0 || kind !== first) return at >= this.untrusted.length || tagSize(this.untrusted, at) > 0;
            at += size;
        }
        return true;
    }
}

/** Where the tags end that a file begins with. */
export function afterTags(untrusted: Uint8Array): number {
    let at = 0;
    for (let parts = 0; parts < LIMITS.segments; parts++) {
        const size = tagSize(untrusted, at);
        if (size === 0) return at;
        at += size;
    }
    throw new UnreadableFileError("file-too-complex");
}

/** How many bytes the tag takes that begins at *at*, 0 if none does. */
function tagSize(untrusted: Uint8Array, at: number): number {
    const left = untrusted.length - at;
    const word = tagAt(untrusted, at);
    if (word === "ID3") return Math.min(left, id3Size(untrusted.subarray(at, at + 10)));
    if (word === "APETAGEX") return Math.min(left, apeSize(untrusted.subarray(at, at + 32)));
    if (word === "TAG" && untrusted[at + 3] === 0x2b && left >= EXTENDED_TAG) return EXTENDED_TAG;
    if (word === "TAG" && left >= OLD_TAG) return OLD_TAG;
    if (word === "LYRICSBEGIN") return lyricsSize(untrusted.subarray(at, at + LONGEST_LYRICS));
    return 0;
}

/** The word with which a tag begins, if one may begin at *at*. */
function tagAt(untrusted: Uint8Array, at: number): string | undefined {
    const first = untrusted[at];
    if (first !== 0x49 && first !== 0x41 && first !== 0x4c && first !== 0x54) return undefined;
    return TAGS.find((word) => asLatin1(untrusted.subarray(at, at + word.length)) === word);
}

/** Where the next frame or tag may begin. */
function nextPossible(untrusted: Uint8Array, start: number): number {
    for (let at = start; at < untrusted.length; at++) {
        if (untrusted[at] === 0xff ? (untrusted[at + 1] ?? 0) >= 0xe0 : tagAt(untrusted, at) !== undefined) return at;
    }
    return untrusted.length;
}

/** ID3v2.4 §3.1: four bytes of seven bits; a footer repeats the ten bytes of the header. */
function id3Size(head: Uint8Array): number {
    if (head.length < 10 || head[3] === 0xff || head[4] === 0xff) return 0;
    if (head.subarray(6).some((byte) => byte >= 0x80)) return 0;
    const size = head.subarray(6).reduce((sum, byte) => sum * 128 + byte, 0);
    return size + (((head[5] ?? 0) & 0x10) > 0 ? 20 : 10);
}

/** APEv2: a header counts everything behind it; a footer alone stands behind its items. */
function apeSize(head: Uint8Array): number {
    if (head.length < 32 || (number(head, 23, 1) & 0x20) === 0) return head.length;
    return 32 + little(head, 12, 4);
}

function lyricsSize(untrusted: Uint8Array): number {
    for (let at = untrusted.indexOf(0x4c, 1); at >= 0; at = untrusted.indexOf(0x4c, at + 1)) {
        if (untrusted[at + 1] === 0x59 && LYRICS_ENDS.includes(asLatin1(untrusted.subarray(at, at + 9)))) return at + 9;
    }
    return 0;
}
