/** The twin of `files/media/ogg.py`, which says what stays, what goes and what is out of reach. */

import { type Codec, codecOf } from "./ogg-codecs.ts";
import { BEGIN, CONTINUED, END, packetsOf, type Page, paged, readPage, writePage } from "./ogg-pages.ts";
import { bound, demand, Sound } from "./sound.ts";
import { verifyOgg } from "./verify-ogg.ts";
import { latin1, startsWith } from "../policy.ts";
import { join, UnreadableFileError } from "../walker.ts";

const MAGIC = latin1("OggS");
const SKELETON = latin1("fishead\0");
/** Pages are dear; half a million are three hours of the smallest. */
const WEIGHT = 4;
const MOST_HEADERS = 1000;

/** A stream that stays. Its headers are collected until `begun`. */
class Stream {
    readonly codec: Codec;
    readonly number: number;
    pages = 0;
    headers: Uint8Array[] = [];
    unfinished: Uint8Array[] = [];
    begun = false;
    torn = false;

    constructor(codec: Codec, number: number) {
        this.codec = codec;
        this.number = number;
    }
}

export class OggCleaner extends Sound {
    protected readonly media = "audio/ogg";
    private readonly streams: Stream[] = [];
    private serial = -1;
    private readonly dropped = new Set<number>();

    protected run(): void {
        for (let pages = 1; startsWith(this.untrusted, MAGIC, this.at); pages++) {
            bound(WEIGHT * pages);
            const [page, end] = readPage(this.untrusted, this.at);
            this.at = end;
            this.sort(page);
        }
        demand(this.streams.at(-1)?.begun === true);
        // Pages behind something that is none would be played too.
        demand(!hasPage(this.untrusted, this.at));
        this.cutHere();
    }

    protected verify(clean: Uint8Array): void {
        verifyOgg(clean);
    }

    private sort(page: Page): void {
        if (page.flags & BEGIN) {
            this.begin(page);
        } else if (!this.dropped.has(page.serial)) {
            const stream = this.streams.at(-1);
            demand(page.serial === this.serial && stream !== undefined);
            this.continue(stream, page);
            if (page.flags & END) this.serial = -1;
        }
    }

    /** Look at a stream's first packet; several streams may only follow each other. */
    private begin(page: Page): void {
        demand(page.serial !== this.serial && !this.dropped.has(page.serial));
        demand((page.flags & (CONTINUED | END)) === 0);
        const packets = packetsOf(page);
        demand(packets.length === 1 && packets[0]?.[1] === true);
        if (startsWith(page.body, SKELETON)) {
            this.dropped.add(page.serial);
            this.note(["track"]);
            return;
        }
        if (this.streams.at(-1)?.begun === false) throw new UnreadableFileError("sound-unsupported");
        const stream = new Stream(codecOf(page.body), this.streams.length + 1);
        this.streams.push(stream);
        this.serial = page.serial;
        this.write(stream, paged(stream.codec.first(page.body), BEGIN));
    }

    private continue(stream: Stream, page: Page): void {
        demand(stream.torn === (page.flags & CONTINUED) > 0);
        const begun = stream.begun;
        for (const [piece, whole] of packetsOf(page)) {
            if (begun) {
                demand(stream.torn || stream.codec.isSound(piece));
            } else {
                demand(!stream.begun); // sound begins with a page of its own
                stream.unfinished.push(piece);
                if (whole) this.header(stream, join(stream.unfinished.splice(0)));
            }
            stream.torn = !whole;
        }
        if (begun) this.write(stream, [page]);
    }

    /** Take one more packet of headers; write all of them when they are complete. */
    private header(stream: Stream, packet: Uint8Array): void {
        stream.headers.push(packet);
        demand(stream.headers.length <= MOST_HEADERS);
        if (!stream.codec.complete(stream.headers)) return;
        const ours = stream.codec.rest(stream.headers);
        for (const header of stream.headers) {
            const same = ours.some((known) => known.length === header.length && startsWith(header, known));
            if (!same) this.noteTag(header, "software");
        }
        for (const header of ours) this.write(stream, paged(header));
        stream.begun = true;
    }

    private write(stream: Stream, pages: readonly Page[]): void {
        for (const page of pages) this.emit(writePage(page, stream.number, stream.pages++));
    }
}

function hasPage(untrusted: Uint8Array, start: number): boolean {
    for (let at = untrusted.indexOf(0x4f, start); at >= 0; at = untrusted.indexOf(0x4f, at + 1)) {
        if (startsWith(untrusted, MAGIC, at)) return true;
    }
    return false;
}
