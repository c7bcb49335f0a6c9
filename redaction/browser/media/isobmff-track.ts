/** The twin of `files/media/isobmff_track.py`: one track of a movie. */

import { type Box, type Boxes, type Treat } from "./isobmff-boxes.ts";
import { Entries } from "./isobmff-entries.ts";
import type { Track } from "./isobmff-samples.ts";

const ENABLED = 1;
const UNDETERMINED = Uint8Array.of(0x55, 0xc4);
const UNSPECIFIED = 0x7fff;
/** Tables with a count of entries, and how long one is. */
const COUNTED: Readonly<Record<string, number>> = { stts: 8, ctts: 8, stsc: 12, stco: 4, co64: 8, stss: 4 };
const NEEDED = [["stsd"], ["stts"], ["stsc"], ["stsz", "stz2"], ["stco", "co64"]];

type Layout = readonly (readonly [size: number, after: number])[];
/** How long a header is and where its times end, by version. */
export const MOVIE_HEADER: Layout = [
    [100, 12],
    [112, 20],
];
const TRACK_HEADER: Layout = [
    [84, 12],
    [96, 20],
];
const MEDIA_HEADER: Layout = [
    [24, 12],
    [36, 20],
];

/** The boxes at the end of *path* in *box*. */
export function within(file: Boxes, box: Box, ...path: string[]): Box[] {
    let found = [box];
    for (const kind of path) {
        found = found.flatMap((parent) => file.children(parent.body, parent.end)).filter((child) => child.kind === kind);
    }
    return found;
}

/** Empty when something was made and changed; return where the header ends. */
export function emptyTimes(file: Boxes, box: Box, layout: Layout): number {
    const [size, after] = layout[file.version(box, 0, 1)] ?? [0, 0];
    file.only(box, size);
    file.zero(box.body + 4, box.body + after, "time");
    return box.body + size;
}

/** A `trak`: first looked at, then cleaned if it may stay. */
export class TrackCleaner {
    readonly handler: string;
    readonly track: Track;
    private readonly file: Boxes;
    private readonly box: Box;
    private readonly header: Box;
    private references = 0;

    constructor(file: Boxes, box: Box) {
        this.file = file;
        this.box = box;
        const [header, secondHeader] = within(file, box, "tkhd");
        const [handler, secondHandler] = within(file, box, "mdia", "hdlr");
        file.demand(header !== undefined && handler !== undefined && !secondHeader && !secondHandler);
        this.header = header;
        const isLong = file.version(header, 0, 1) === 1;
        this.handler = file.word(handler.body + 8);
        const identity = file.number(header.body + (isLong ? 20 : 12), 4);
        this.track = { identity, scale: 0, latestEdit: 0, entries: [], tables: new Map<string, Box>() };
    }

    /** Which tracks hold the titles and pictures of this one's chapters. */
    chapters(): number[] {
        const found: number[] = [];
        for (const reference of within(this.file, this.box, "tref", "chap")) {
            for (let at = reference.body; at + 4 <= reference.end; at += 4) {
                this.file.spend();
                found.push(this.file.number(at, 4));
            }
        }
        return found;
    }

    /** Whether all its samples are in this file. */
    isLocal(): boolean {
        const [found, second] = within(this.file, this.box, "mdia", "minf", "dinf", "dref");
        this.file.demand(found !== undefined && second === undefined);
        this.references = this.file.selfContained(found);
        return this.references > 0;
    }

    /** Clean the track that stays. */
    clean(): Track {
        const file: Boxes = this.file;
        if (this.handler === "soun") file.warnings.add("voice");
        if ((file.number(this.header.body, 4) & ENABLED) === 0) file.warnings.add("hidden-content");
        const treat: Record<string, Treat> = {
            tkhd: (box) => { this.trackHeader(box); },
            edts: (box) => { file.inside(box.body, box.end, { elst: (one) => { this.edits(one); } }); },
            mdia: (box) => { this.media(box); },
        };
        if (this.handler === "auxv") {
            const auxl: Treat = (one) => { file.only(one, Math.floor((one.end - one.body) / 4) * 4); };
            treat["tref"] = (box) => { file.inside(box.body, box.end, { auxl }); };
        }
        file.inside(this.box.body, this.box.end, treat);
        for (const kinds of NEEDED) file.demand(kinds.filter((kind) => this.track.tables.has(kind)).length === 1);
        return this.track;
    }

    private trackHeader(box: Box): void {
        const end = emptyTimes(this.file, box, TRACK_HEADER);
        const at = box.body + (this.file.number(box.body, 1) > 0 ? 24 : 16);
        this.file.zero(at, at + 4, "unknown");
        this.file.zero(end - 60, end - 52, "unknown");
        this.file.zero(end - 46, end - 44, "unknown");
    }

    private edits(box: Box): void {
        const file: Boxes = this.file;
        const width = file.version(box, 0, 1) === 1 ? 8 : 4;
        const count = file.table(box, 2 * width + 4);
        file.spend(count);
        for (let entry = 0; entry < count; entry++) {
            const time = file.number(box.body + 8 + entry * (2 * width + 4) + width, width);
            if (time < 2 ** (8 * width - 1)) this.track.latestEdit = Math.max(this.track.latestEdit, time);
        }
    }

    private media(box: Box): void {
        const file: Boxes = this.file;
        file.inside(box.body, box.end, {
            mdhd: (one) => { this.mediaHeader(one); },
            hdlr: (one) => { file.handler(one); },
            minf: (one) => { this.information(one); },
        });
    }

    private mediaHeader(box: Box): void {
        const file: Boxes = this.file;
        const end = emptyTimes(file, box, MEDIA_HEADER);
        this.track.scale = file.number(end - (file.number(box.body, 1) > 0 ? 16 : 12), 4);
        if (file.number(end - 4, 2) !== UNSPECIFIED) file.put(end - 4, UNDETERMINED, "unknown");
        file.zero(end - 2, end, "unknown");
    }

    private information(box: Box): void {
        const file: Boxes = this.file;
        file.inside(box.body, box.end, {
            vmhd: (one) => { file.only(one, 12); },
            smhd: (one) => { file.only(one, 8); },
            hdlr: (one) => { file.handler(one); },
            dinf: (one) => { file.inside(one.body, one.end, { dref: (references) => file.selfContained(references) }); },
            stbl: (one) => { this.table(one); },
        });
    }

    private table(box: Box): void {
        const counted: Treat = (one) => { this.counted(one); };
        const sizes: Treat = (one) => { this.sizes(one); };
        this.file.inside(box.body, box.end, {
            ...Object.fromEntries(Object.keys(COUNTED).map((kind) => [kind, counted])),
            stsd: (one) => { this.descriptions(one); },
            stsz: sizes,
            stz2: sizes,
        });
    }

    private keep(box: Box): void {
        this.file.demand(!this.track.tables.has(box.kind));
        this.track.tables.set(box.kind, box);
    }

    private counted(box: Box): void {
        this.keep(box);
        this.file.table(box, COUNTED[box.kind] ?? 0);
    }

    private descriptions(box: Box): void {
        this.keep(box);
        this.track.entries = new Entries(this.file).clean(box, this.handler !== "soun", this.references);
    }

    /** Measure how long the samples are told to be: one for all, or each. */
    private sizes(box: Box): void {
        const file: Boxes = this.file;
        this.keep(box);
        const uniform = file.number(box.body + 4, 4);
        if (box.kind === "stz2") file.demand(uniform === 8 || uniform === 16);
        const width = box.kind === "stz2" ? uniform / 8 : uniform > 0 ? 0 : 4;
        file.table(box, width, 8);
    }
}
