/** The twin of `files/media/isobmff_fragments.py`: fragments of a movie. */

import { bigBytes } from "../bytes.ts";
import type { Box, Boxes } from "./isobmff-boxes.ts";
import { checkCount, type Run, type Track } from "./isobmff-samples.ts";

/** Flags of `tfhd`, each with the bytes of its field. */
const BASE = 0x1;
const DESCRIPTION = 0x2;
const DEFAULT_SIZE = 0x10;
const HEADER = [[BASE, 8], [DESCRIPTION, 4], [0x8, 4], [DEFAULT_SIZE, 4], [0x20, 4]] as const;
const FROM_MOVIE = 0x20000;
/** Flags of `trun`: fields in front of the samples, fields of each. */
const OFFSET = 0x1;
const SIZE = 0x200;
const RUN = [[OFFSET, 4], [0x4, 4]] as const;
const SAMPLE = [[0x100, 4], [SIZE, 4], [0x400, 4], [0x800, 4]] as const;

type Fields = readonly (readonly [flag: number, size: number])[];

/** Where the fields stand that *flags* announce, and where they end. */
function fields(start: number, flags: number, layout: Fields): [places: Map<number, number>, end: number] {
    const places = new Map<number, number>();
    let at = start;
    for (const [flag, size] of layout) {
        if ((flags & flag) === 0) continue;
        places.set(flag, at);
        at += size;
    }
    return [places, at];
}

/** The `mvex` of a movie and what each `moof` adds to its tracks. */
export class Fragments {
    readonly runs: Run[] = [];
    private readonly file: Boxes;
    private readonly tracks: ReadonlyMap<number, Track>;
    private readonly known = new Map<number, readonly [description: number, size: number]>();
    private readonly times: { readonly track: Track; readonly at: number; readonly size: number }[] = [];
    private moof = 0;
    /** Where a track fragment begins that does not say it; undefined behind one that went. */
    private implied: number | undefined = 0;

    constructor(file: Boxes, tracks: ReadonlyMap<number, Track>) {
        this.file = file;
        this.tracks = tracks;
    }

    /** Clean the `mvex`. */
    defaults(box: Box): void {
        const file: Boxes = this.file;
        file.inside(box.body, box.end, {
            mehd: (one) => { file.only(one, file.version(one, 0, 1) === 1 ? 12 : 8); },
            trex: (one) => { this.trackDefaults(one); },
        });
    }

    private trackDefaults(box: Box): void {
        const file: Boxes = this.file;
        file.only(box, 24);
        const identity = file.number(box.body + 4, 4);
        this.known.set(identity, [file.number(box.body + 8, 4), file.number(box.body + 16, 4)]);
        if (!this.tracks.has(identity)) file.remove(box, "track");
    }

    /** Clean one `moof`. */
    clean(box: Box): void {
        this.moof = box.start;
        this.implied = box.start;
        this.file.inside(box.body, box.end, {
            mfhd: (one) => { this.file.only(one, 8); },
            traf: (one) => { this.trackFragment(one); },
        });
    }

    private trackFragment(box: Box): void {
        const file: Boxes = this.file;
        const first = file.children(box.body, box.end)[0];
        file.demand(first?.kind === "tfhd");
        const header = first.body;
        const track = this.tracks.get(file.number(header + 4, 4));
        if (track === undefined) {
            file.remove(box, "track");
            this.implied = undefined;
            return;
        }
        const flags = file.number(header, 4);
        const [places, end] = fields(header + 8, flags, HEADER);
        const begin = this.begin(track, flags, places);
        file.inside(box.body, box.end, {
            tfhd: (one) => { file.only(one, end - header); },
            tfdt: (one) => { this.decodeTime(one, track); },
            trun: (one) => { this.run(one, track, ...begin); },
        });
    }

    /** What offsets count from, the description and the size of all samples. */
    private begin(track: Track, flags: number, places: ReadonlyMap<number, number>): [number, number, number] {
        const file: Boxes = this.file;
        const value = (flag: number, size: number, otherwise: number | undefined): number | undefined => {
            const at = places.get(flag);
            return at === undefined ? otherwise : file.exact(at, size);
        };
        const [known, knownSize] = this.known.get(track.identity) ?? [0, 0];
        const description = value(DESCRIPTION, 4, known) ?? 0;
        const size = value(DEFAULT_SIZE, 4, knownSize) ?? 0;
        file.demand(description > 0 && description <= track.entries.length);
        const base = value(BASE, 8, flags & FROM_MOVIE ? this.moof : this.implied);
        if (base === undefined) throw file.refusal("unsupported");
        this.implied = base;
        return [base, description, size];
    }

    private run(box: Box, track: Track, base: number, description: number, all: number): void {
        const file: Boxes = this.file;
        const [flags, count] = [file.number(box.body, 4), file.number(box.body + 4, 4)];
        const [places, first] = fields(box.body + 8, flags, RUN);
        const [each, width] = fields(0, flags, SAMPLE);
        file.only(box, first - box.body + count * width);
        let [size, total] = [(_index: number): number => all, all * count];
        const sizeAt = each.get(SIZE);
        if (sizeAt !== undefined) {
            checkCount(file, (count * width) / 4);
            size = (index) => file.number(first + index * width + sizeAt, 4);
            total = 0;
            for (let i = 0; i < count; i++) total += size(i);
        }
        let start = this.implied ?? 0;
        const offsetAt = places.get(OFFSET);
        if (offsetAt !== undefined) start = base + (file.number(offsetAt, 4) | 0);
        this.implied = start + total;
        const coding = track.entries[description - 1]?.coding;
        file.demand(coding !== undefined);
        this.runs.push({ start, end: start + total, coding, count, size });
    }

    private decodeTime(box: Box, track: Track): void {
        const size = this.file.version(box, 0, 1) === 1 ? 8 : 4;
        this.file.only(box, 4 + size);
        this.times.push({ track, at: box.body + 4, size });
    }

    /** Take whole seconds off all times, so that they do not tell when it was recorded. */
    startAtZero(): void {
        const file: Boxes = this.file;
        let base = Infinity;
        for (const { track, at, size } of this.times) {
            const time = file.exact(at, size);
            file.demand(track.scale > 0);
            base = Math.min(base, Math.floor(time / track.scale));
        }
        for (const { track, at, size } of base > 0 ? this.times : []) {
            if (track.latestEdit >= base * track.scale) throw file.refusal("unsupported");
            file.put(at, bigBytes(file.number(at, size) - base * track.scale, size), "time");
        }
    }
}
