/** The twin of `files/media/isobmff_entries.py`: sample descriptions. */

import { cleanAv1c, cleanAvcc, cleanDescriptors, cleanFlacBlocks, cleanHvcc } from "./codec-config.ts";
import { type Coding, codingOf } from "./coded.ts";
import { type Box, type Boxes, TABLES, type Treat } from "./isobmff-boxes.ts";
import type { Entry } from "./isobmff-samples.ts";
import { latin1 } from "../policy.ts";

type Names = Readonly<Record<string, string>>;

const VISUAL: Names = TABLES.visual;
const SOUND: Names = TABLES.sound;
const SAMPLE_BITS: Readonly<Record<string, number>> = TABLES.sample_bits;
const ENCRYPTED = ["encv", "enca", "drms", "drmi", "p608"];
const VISUAL_BYTES = 78;
const SOUND_BYTES = 28;
/** QuickTime's further fields by the version of the description. */
const SOUND_MORE = [0, 16, 36];
const DPI_72 = latin1("\0H\0\0\0H\0\0");
const ONE = Uint8Array.of(0, 1);
const NO_TABLE = Uint8Array.of(0xff, 0xff);
const CONFIGS: Names = { h264: "avcC", hevc: "hvcC", av1: "av1C" };
const CHANNELS_BYTES = 16;
const OPUS_BYTES = 11;
const AMR_BYTES = 9;
const H263_BYTES = 7;

/** The descriptions in one `stsd`. */
export class Entries {
    private coding: Coding = codingOf("");
    private met = new Set<string>();
    private readonly file: Boxes;

    constructor(file: Boxes) {
        this.file = file;
    }

    clean(box: Box, isVisual: boolean, references: number): Entry[] {
        const version = this.file.version(box, 0, 1);
        const boxes = this.file.children(box.body + 8, box.end);
        this.file.demand(boxes.length === this.file.number(box.body + 4, 4));
        return boxes.map((one) => this.entry(one, isVisual, version, references));
    }

    private entry(box: Box, isVisual: boolean, version: number, references: number): Entry {
        const file: Boxes = this.file;
        if (ENCRYPTED.includes(box.kind)) throw file.refusal("encrypted");
        const names = isVisual ? VISUAL : SOUND;
        const name = Object.hasOwn(names, box.kind) ? names[box.kind] : undefined;
        if (name === undefined) throw file.refusal("codec");
        this.coding = codingOf(name);
        this.met = new Set();
        const reference = file.number(box.body + 6, 2);
        file.demand(reference > 0 && reference <= references);
        file.zero(box.body, box.body + 6, "unknown");
        return isVisual ? this.visual(box) : this.sound(box, version);
    }

    private visual(box: Box): Entry {
        const file: Boxes = this.file;
        const at = box.body;
        file.demand(at + VISUAL_BYTES <= box.end);
        file.zero(at + 8, at + 24, "software");
        file.put(at + 28, DPI_72);
        file.zero(at + 36, at + 40, "unknown");
        file.put(at + 40, ONE);
        file.zero(at + 42, at + 74, "software");
        if (file.number(at + 76, 2) === 0 && (file.number(at + 74, 2) & 31) <= 8) throw file.refusal("unsupported");
        file.put(at + 76, NO_TABLE);
        this.details(at + VISUAL_BYTES, box.end);
        const needed = box.kind === "mp4v" ? "esds" : CONFIGS[this.coding.name];
        file.demand(needed === undefined || this.met.has(needed));
        const dolby = this.met.has("dvcC") || this.met.has("dvvC");
        return { coding: { ...this.coding, dolby }, samples: 0, size: 0 };
    }

    private sound(box: Box, version: number): Entry {
        const file: Boxes = this.file;
        const at = box.body;
        const layout = version === 0 ? file.number(at + 8, 2) : 0;
        const further = SOUND_MORE[layout];
        if (further === undefined) throw file.refusal("unsupported");
        file.zero(at + 10, at + 16, "software");
        const [samples, size] = this.packet(box.kind, at, layout);
        const more = at + SOUND_BYTES + further;
        file.demand(more <= box.end);
        this.details(more, box.end);
        file.demand(box.kind !== "mp4a" || this.met.has("esds"));
        return { coding: this.coding, samples, size };
    }

    /** Samples and bytes of a packet, if sound of this kind has a constant rate. */
    private packet(kind: string, at: number, layout: number): [samples: number, size: number] {
        const file: Boxes = this.file;
        const bits = Object.hasOwn(SAMPLE_BITS, kind) ? SAMPLE_BITS[kind] : undefined;
        if (kind !== "ima4" && bits === undefined) return [0, 0];
        if (layout === 1 && file.number(at + 28, 4) > 0 && file.number(at + 36, 4) > 0) {
            return [file.number(at + 28, 4), file.number(at + 36, 4)];
        }
        if (layout === 2) return [file.number(at + 60, 4), file.number(at + 56, 4)];
        const channels = file.number(at + 16, 2);
        if (bits === undefined) return [64, 34 * channels];
        return [1, Math.floor((channels * (bits > 0 ? bits : file.number(at + 18, 2))) / 8)];
    }

    /** The boxes that stand in a description, or in QuickTime's `wave`. */
    private details(start: number, end: number, isInner = false): void {
        const file: Boxes = this.file;
        const treat: Record<string, Treat> = {
            avcC: (box) => { this.found(box, "h264", cleanAvcc(file, box.body, box.end)); },
            hvcC: (box) => { this.found(box, "hevc", cleanHvcc(file, box.body, box.end)); },
            av1C: (box) => { this.found(box, "av1", cleanAv1c(file, box.body, box.end)); },
            esds: (box) => { this.found(box, this.coding.name, cleanDescriptors(file, box.body + 4, box.end)); },
            dfLa: (box) => { cleanFlacBlocks(file, box.body + 4, box.end); },
            damr: (box) => { this.vendor(box, AMR_BYTES); },
            d263: (box) => { this.vendor(box, H263_BYTES); },
            dOps: (box) => { this.opus(box); },
            chan: (box) => { this.channels(box); },
            colr: (box) => { file.colour(box); },
            auxi: (box) => auxiliary(file, box),
            sinf: () => {
                throw file.refusal("encrypted");
            },
        };
        if (!isInner) treat["wave"] = (box) => { this.details(box.body, box.end, true); };
        file.inside(start, end, treat, (box) => {
            this.met.add(box.kind);
            file.numbers(box);
        });
    }

    private found(box: Box, expected: string, coding: Coding): void {
        this.file.demand(!this.met.has(box.kind) && this.coding.name === expected);
        this.met.add(box.kind);
        this.coding = coding;
    }

    /** Empty vendor and version of the decoder (3GPP TS 26.244 §6.7 and §6.8). */
    private vendor(box: Box, size: number): void {
        this.file.only(box, size);
        this.file.zero(box.body, box.body + 5, "software");
    }

    /** Keep as much as the family of channels makes needed (Opus in ISOBMFF §4.3.2). */
    private opus(box: Box): void {
        const family = this.file.number(box.body + 10, 1);
        const channels = this.file.number(box.body + 1, 1);
        this.file.only(box, OPUS_BYTES + (family > 0 ? 2 + channels : 0));
    }

    /** Keep a layout that is one of Apple's numbers, without descriptions of its own. */
    private channels(box: Box): void {
        if (box.end - box.body !== CHANNELS_BYTES) this.file.remove(box);
    }
}

/** Keep an `auxC` or `auxi` that names transparency or light; true if it stays. */
export function auxiliary(file: Boxes, box: Box): boolean {
    const from = Math.min(box.body + 4, box.end);
    const end = file.data.subarray(from, box.end).indexOf(0);
    const size = end < 0 ? box.end - from : end;
    const names: readonly string[] = TABLES.auxiliary;
    if (size > 64 || !names.includes(file.word(from, size))) {
        file.remove(box);
        return false;
    }
    file.zero(from + size, box.end, "unknown");
    return true;
}
