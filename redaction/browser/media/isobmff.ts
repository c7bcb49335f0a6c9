/** The twin of `files/media/isobmff.py`: MP4, MOV, M4A and 3GP, cleaned where they stand. */

import { cleanCoded } from "./coded.ts";
import { asIs, type Box, Boxes, TABLES, type Treat } from "./isobmff-boxes.ts";
import { Movie } from "./isobmff-movie.ts";
import type { Run } from "./isobmff-samples.ts";
import { verifyIsobmff } from "./verify-isobmff.ts";
import { latin1 } from "../policy.ts";
import { WholeFile } from "../walker.ts";

const KNOWN = ["ftyp", "styp", "moov", "moof", "mdat", "meta", "free", "skip", "wide"];

abstract class IsobmffCleaner extends WholeFile {
    protected readonly code: string = "video";
    protected readonly brands: readonly string[] = TABLES.brands.video;
    protected readonly brand: string = "isom";
    protected readonly handlers: readonly string[] = ["vide", "soun"];

    protected rewrite(): Uint8Array {
        const file = new Boxes(this.untrusted, this.code);
        const top = [...topOf(file)];
        const spaces = top.filter((box) => box.kind === "mdat");
        keep(file, spaces, this.content(file, top, spaces));
        this.note(file.removed);
        for (const warning of file.warnings) this.warnings.add(warning);
        return file.data;
    }

    protected verify(clean: Uint8Array): void {
        verifyIsobmff(clean, this.code);
    }

    /** Clean all boxes; return where the samples lie that stay. */
    protected content(file: Boxes, top: readonly Box[], _spaces: Box[]): Iterable<Run> {
        file.demand(top.some((box) => box.kind === "moov"));
        return this.movie(file, top, {});
    }

    /** Clean the movie and what stands beside it; *more* treats further kinds of boxes. */
    protected movie(file: Boxes, top: readonly Box[], more: Readonly<Record<string, Treat>>): Iterable<Run> {
        const movie = new Movie(file, this.handlers);
        const brands: Treat = (box) => { this.cleanBrands(file, box); };
        const moof: Treat = (box) => { movie.fragments.clean(box); };
        const treat: Readonly<Record<string, Treat>> = { ftyp: brands, styp: brands, mdat: asIs, moof, ...more };
        for (const [i, box] of top.filter(({ kind }) => kind === "moov").entries()) {
            file.demand(i === 0);
            movie.clean(box);
            file.demand(movie.tracks.size > 0);
        }
        for (const box of top) {
            const known = Object.hasOwn(treat, box.kind) ? treat[box.kind] : undefined;
            if (known !== undefined) known(box);
            else if (box.kind !== "moov") file.remove(box);
        }
        movie.fragments.startAtZero();
        return movie.runs();
    }

    /** Keep the names of standards; names of makers become a standard's. */
    private cleanBrands(file: Boxes, box: Box): void {
        const size = box.end - box.body;
        file.demand(size >= 8 && size % 4 === 0);
        file.zero(box.body + 4, box.body + 8, "software");
        for (let at = box.body; at < box.end; at += at === box.body ? 8 : 4) {
            const brand = file.word(at);
            if (this.brands.includes(brand)) continue;
            const near = Object.entries(TABLES.aliases).filter(([sign]) => brand.startsWith(sign));
            const known = near.find(([, name]) => this.brands.includes(name))?.[1] ?? this.brand;
            file.put(at, latin1(known), "software");
        }
    }
}

export { IsobmffCleaner };

export class Mp4Cleaner extends IsobmffCleaner {
    protected media = "video/mp4";
}

export class MovCleaner extends IsobmffCleaner {
    protected media = "video/quicktime";
}

export class M4aCleaner extends IsobmffCleaner {
    protected media = "audio/mp4";
}

export class ThreeGpCleaner extends IsobmffCleaner {
    protected media = "video/3gpp";
}

/** The boxes of the file; what stands behind the last one is cut off. */
function* topOf(file: Boxes): Generator<Box> {
    let at = 0;
    while (at < file.data.length) {
        const box = file.box(at, file.data.length) ?? last(file, at);
        if (box === undefined) {
            file.removed.add("trailer");
            file.cut(at);
            return;
        }
        yield box;
        at = box.end;
    }
}

/** The box that reaches to the end of the file without telling its size. */
function last(file: Boxes, at: number): Box | undefined {
    if (at + 8 > file.data.length) return undefined;
    const kind = file.word(at + 4);
    if (!KNOWN.includes(kind)) return undefined;
    if (file.number(at, 4) !== 0) throw file.refusal("truncated");
    return { kind, start: at, body: at + 8, end: file.data.length };
}

/** Clean the samples of *runs*, and empty what none of them needs. */
function keep(file: Boxes, unsorted: readonly Box[], runs: Iterable<Run>): void {
    const spaces = [...unsorted].sort((a, b) => a.body - b.body);
    const used: [start: number, end: number][][] = spaces.map(() => []);
    let left = 2 * file.data.length;
    for (const run of runs) {
        if (run.start === run.end) continue;
        if (run.end > file.data.length) throw file.refusal("truncated");
        const index = spaceAt(spaces, run.start);
        left -= run.end - run.start;
        file.demand(index >= 0 && run.end <= (spaces[index]?.end ?? 0) && left >= 0);
        used[index]?.push([run.start, run.end]);
        if (run.coding.name !== "") cleanSamples(file, run);
    }
    for (const [i, box] of spaces.entries()) {
        let at = box.body;
        for (const [start, end] of (used[i] ?? []).sort((a, b) => a[0] - b[0])) {
            if (start > at) empty(file, at, start);
            at = Math.max(at, end);
        }
        empty(file, at, box.end);
    }
}

function empty(file: Boxes, start: number, end: number): void {
    if (file.orphans) file.wipe(start, end);
    else file.zero(start, end);
}

/** Which of the sorted *spaces* is the last that begins at *at* or before, -1 for none. */
function spaceAt(spaces: readonly Box[], at: number): number {
    let [low, high] = [0, spaces.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((spaces[middle]?.body ?? 0) <= at) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}

function cleanSamples(file: Boxes, run: Run): void {
    let at = run.start;
    for (let i = 0; i < run.count; i++) {
        file.spend();
        const size = run.size(i);
        cleanCoded(file, run.coding, at, at + size);
        at += size;
    }
}
