/** The twin of `files/media/isobmff_boxes.py`: boxes of a file, emptied where they stand. */

import { InPlace } from "./inplace.ts";
import { replacement } from "../images/icc.ts";
import { latin1 } from "../policy.ts";
import data from "../../files/media/isobmff.json";

export const TABLES = data;
export const NUMBERS: Readonly<Record<string, number>> = data.numbers;
const FREE = ["free", "skip", "wide"];
const FREE_NAME = latin1("free");
/** Colours by numbers: how long such a box is. ISO/IEC 14496-12 §12.1.5, QuickTime "nclc". */
const COLOURS: Readonly<Record<string, number>> = { nclx: 11, nclc: 10 };

/** `start` is where its size stands, `body` what follows its type, `end` what follows it. */
export interface Box {
    readonly kind: string;
    readonly start: number;
    readonly body: number;
    readonly end: number;
}

export type Treat = (box: Box) => unknown;

/** Treats a box that stays as it is, or is cleaned elsewhere. */
export function asIs(): void {
    // Nothing is to be done.
}

export class Boxes extends InPlace {
    /** Bytes lost the track or item they belonged to. */
    orphans = false;

    /** The box at *start*; nothing if what stands there does not fit before *end*. */
    box(start: number, end: number): Box | undefined {
        if (end - start < 8) return undefined;
        this.spend(3);
        let [size, body] = [this.number(start, 4), start + 8];
        if (size === 1 && end - start >= 16) [size, body] = [this.number(body, 8), start + 16];
        if (start + size > end || start + size < body) return undefined;
        return { kind: this.word(start + 4), start, body, end: start + size };
    }

    /** The boxes of a container; up to seven bytes behind them are emptied. */
    children(start: number, end: number): Box[] {
        const found: Box[] = [];
        let at = start;
        while (end - at >= 8) {
            const box = this.box(at, end);
            this.demand(box !== undefined);
            found.push(box);
            at = box.end;
        }
        this.zero(at, end, "unknown");
        return found;
    }

    /** Give each child to its entry, tables of numbers to `numbers`, and remove the others. */
    inside(start: number, end: number, treat: Readonly<Record<string, Treat>>, numbers?: Treat): void {
        for (const box of this.children(start, end)) {
            const known = Object.hasOwn(treat, box.kind) ? treat[box.kind] : undefined;
            const counted = numbers !== undefined && Object.hasOwn(NUMBERS, box.kind) ? numbers : undefined;
            (known ?? counted ?? ((one: Box) => { this.remove(one); }))(box);
        }
    }

    /** Turn *box* into a free one. */
    remove(box: Box, ...categories: string[]): void {
        if (!TABLES.silent.includes(box.kind)) {
            this.note(categories.length > 0 ? categories : this.kinds(box.start + 4, box.end));
        } else if (FREE.includes(box.kind)) {
            this.zero(box.body, box.end);
        }
        this.wipe(box.body, box.end);
        this.data.set(FREE_NAME, box.start + 4);
    }

    /** Demand *size* bytes of content, and empty what stands behind them. */
    only(box: Box, size: number): void {
        this.demand(box.body + size <= box.end);
        this.zero(box.body + size, box.end, "unknown");
    }

    /** Keep as many bytes as the table says. */
    numbers(box: Box): void {
        this.zero(Math.min(box.body + (NUMBERS[box.kind] ?? 0), box.end), box.end, "unknown");
    }

    /** The version of a full box, one of *known*. */
    version(box: Box, ...known: number[]): number {
        const version = this.number(box.body, 1);
        if (!known.includes(version)) throw this.refusal("unsupported");
        return version;
    }

    /** How many entries of *entry* bytes follow the count; nothing else does. */
    table(box: Box, entry: number, countAt = 4): number {
        const count = this.number(box.body + countAt, 4);
        this.only(box, countAt + 4 + count * entry);
        return count;
    }

    /** Keep colours that are numbers; a profile becomes one of ours, or goes. */
    colour(box: Box): void {
        this.demand(box.body + 4 <= box.end);
        const kind = this.word(box.body);
        const size = COLOURS[kind];
        if (size !== undefined) this.only(box, size);
        else if (kind === "prof" || kind === "rICC") this.profile(box);
        else this.remove(box);
    }

    private profile(box: Box): void {
        const at = box.body + 4;
        const ours = replacement(this.data.subarray(at, box.end));
        const fits = ours !== undefined && ours.length <= box.end - at;
        if (!fits) this.warnings.add("colours-may-change");
        if (fits && ours.length > 0) {
            this.put(at, ours, "colour-profile");
            this.zero(at + ours.length, box.end, "colour-profile");
        } else {
            this.remove(box, "colour-profile");
        }
    }

    /** How many entries a `dref` has; 0 if one of them leads to another file. */
    selfContained(box: Box): number {
        const count = this.number(box.body + 4, 4);
        const entries = this.children(box.body + 8, box.end);
        this.demand(entries.length === count);
        for (const entry of entries) {
            if (this.number(entry.body, 4) !== 1) return 0;
            this.only(entry, 4);
        }
        return count;
    }

    /** Keep what a `hdlr` handles and QuickTime's kind of component; empty maker and name. */
    handler(box: Box): void {
        this.demand(box.body + 12 <= box.end);
        const component = this.word(box.body + 4);
        if (component !== "mhlr" && component !== "dhlr") this.zero(box.body + 4, box.body + 8, "software");
        this.zero(box.body + 12, box.end, "software");
    }
}
