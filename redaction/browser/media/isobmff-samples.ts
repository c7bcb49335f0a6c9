/** The twin of `files/media/isobmff_samples.py`: where the samples of a track lie. */

import type { Coding } from "./coded.ts";
import type { Box, Boxes } from "./isobmff-boxes.ts";
import { LIMITS } from "../policy.ts";

const SIZES = 12;

/** Samples and bytes of a packet are 0 where the table of sizes tells. */
export interface Entry {
    readonly coding: Coding;
    readonly samples: number;
    readonly size: number;
}

export interface Track {
    readonly identity: number;
    /** Units of its clock in a second. */
    scale: number;
    /** The largest media time that an edit begins with. */
    latestEdit: number;
    entries: Entry[];
    /** The boxes of its `stbl` by kind. */
    readonly tables: Map<string, Box>;
}

/** Samples that lie one behind the other; `size` tells how long each of them is. */
export interface Run {
    readonly start: number;
    readonly end: number;
    readonly coding: Coding;
    readonly count: number;
    readonly size: (index: number) => number;
}

/** The chunks of a track that is not fragmented. */
export function* runs(file: Boxes, track: Track): Generator<Run> {
    const box = track.tables.get("stsz") ?? track.tables.get("stz2");
    file.demand(box !== undefined);
    const total = file.number(box.body + 8, 4);
    const uniform = box.kind === "stsz" ? file.number(box.body + 4, 4) : 0;
    const width = box.kind === "stsz" ? 4 : file.number(box.body + 7, 1) >> 3;
    if (uniform === 0) checkCount(file, total);
    let done = 0;
    for (const [start, most, description] of chunks(file, track)) {
        const count = Math.min(most, total - done);
        const entry = track.entries[description - 1];
        file.demand(entry !== undefined);
        const first = box.body + SIZES + done * width;
        let [size, length] = [(_index: number): number => uniform, count * uniform];
        if (uniform === 0) {
            size = (index) => file.number(first + index * width, width);
            length = 0;
            for (let i = 0; i < count; i++) length += size(i);
        } else if (uniform === 1 && entry.samples > 0) {
            length = Math.ceil(count / entry.samples) * entry.size;
        }
        // QuickTime says one byte where it counts moments of sound.
        const isPacked = uniform === 1 && entry.samples > 0;
        yield { start, end: start + length, coding: entry.coding, count: isPacked ? 0 : count, size };
        done += count;
    }
}

/** Tables were measured before; here only absurd ones are refused. */
export function checkCount(file: Boxes, count: number): void {
    if (count > LIMITS.units) throw file.refusal("unsupported");
}

/** Place, samples and description of each chunk. */
function* chunks(file: Boxes, track: Track): Generator<[place: number, count: number, description: number]> {
    const box = track.tables.get("co64") ?? track.tables.get("stco");
    const table = track.tables.get("stsc");
    file.demand(box !== undefined && table !== undefined);
    const width = box.kind === "co64" ? 8 : 4;
    const places = file.number(box.body + 4, 4);
    const rows = file.number(table.body + 4, 4);
    checkCount(file, places);
    checkCount(file, 3 * rows);
    let chunk = 1;
    for (let row = 0; row < rows; row++) {
        const at = table.body + 8 + 12 * row;
        const [first, count, description] = [file.number(at, 4), file.number(at + 4, 4), file.number(at + 8, 4)];
        file.demand(first === chunk && description > 0 && description <= track.entries.length);
        chunk = row + 1 < rows ? file.number(at + 12, 4) : places + 1;
        file.demand(chunk > first || chunk === places + 1);
        for (let i = first - 1; i < Math.min(chunk - 1, places); i++) {
            file.spend(3);
            yield [file.exact(box.body + 8 + width * i, width), count, description];
        }
    }
}
