/** The twin of `files/documents/pdf/pictures.py`: coded data as they are, without what hides around them. */

import { bigBytes } from "../../bytes.ts";
import { LIMITS } from "../../policy.ts";
import { join, UnreadableFileError } from "../../walker.ts";
import { cleanJbig2, cleanJpeg, cleanJpx } from "./coded.ts";
import { channelsOf } from "./colours.ts";
import { type Copier, FLATE, type Rules } from "./copier.ts";
import { CODECS, type Filter, inflate, measure, predictorOf, rowShape } from "./filters.ts";
import { Stream, textOf } from "./source.ts";
import { demand, type Entries, isWhole, malformed, Name, Ref, Text, type Value } from "./syntax.ts";
import { numbers } from "./values.ts";

const FULL_NAMES: ReadonlyMap<string, string> = new Map([
    ["BPC", "BitsPerComponent"],
    ["CS", "ColorSpace"],
    ["D", "Decode"],
    ["DP", "DecodeParms"],
    ["F", "Filter"],
    ["H", "Height"],
    ["IM", "ImageMask"],
    ["I", "Interpolate"],
    ["W", "Width"],
]);
const MAX_GAP = 64;
const ZLIB_HEAD = Uint8Array.of(0x78, 0x9c);
const END = /[\0\t\n\f\r ]*EI(?=[\0\t\n\f\r ]|$)/;
const END_OF_DATA = /[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ][\t\n\r -~]{0,8}|$)/g;

/** How many rows a picture has, and how many bytes all of them take. */
interface Samples {
    readonly rows: number;
    readonly size: number;
}

/** Copy a picture; undefined for what is none. */
function image(copier: Copier, untrusted: Value): string | undefined {
    const stream = copier.source.value(untrusted);
    if (!(stream instanceof Stream)) return undefined;
    return copier.add(() => picture(copier, stream.entries, stream.raw, copier.filters(stream.entries)));
}

function picture(copier: Copier, entries: Entries, untrusted: Uint8Array, steps: readonly Filter[]): Uint8Array {
    const words = copier.words("image", entries);
    checkSize(copier, entries);
    const codec = steps.at(-1);
    if (codec !== undefined && CODECS.includes(codec.name)) {
        return coded(copier, words, copier.budget.plain(untrusted, steps.slice(0, -1)), codec);
    }
    const samples = samplesOf(copier, entries);
    if (!words.includes("/ColorSpace") && !words.includes("/ImageMask")) throw new UnreadableFileError("pdf-picture");
    let data = untrusted;
    for (const [at, step] of steps.entries()) {
        const last = at === steps.length - 1;
        if (last && step.name === "FlateDecode") return flate(copier, words, data, step, samples);
        data = copier.budget.decode(data, step);
        if (last && predictorOf(step.parameters) !== 1) return packed(copier, words, data, step, samples);
        data = copier.budget.unpredict(data, step.parameters);
    }
    return copier.stream(words, data.subarray(0, samples.size));
}

/** Width and height, which must not be absurd. */
function checkSize(copier: Copier, entries: Entries): [width: number, height: number] {
    const [width, height] = [copier.source.value(entries.get("Width")), copier.source.value(entries.get("Height"))];
    demand(isWhole(width) && isWhole(height) && Math.min(width, height) >= 1);
    if (width * height > LIMITS.pixels) throw new UnreadableFileError("picture-too-large");
    return [width, height];
}

/** How large the samples must be (§8.9.5.2); if that is not told, no viewer could draw them. */
function samplesOf(copier: Copier, entries: Entries): Samples {
    const [width, height] = checkSize(copier, entries);
    const mask = copier.source.value(entries.get("ImageMask")) === true;
    const bits = mask ? 1 : copier.source.value(entries.get("BitsPerComponent"));
    const channels = mask ? 1 : channelsOf(copier, entries.get("ColorSpace"));
    const told = typeof bits === "number" && [1, 2, 4, 8, 16].includes(bits);
    if (!told || channels === undefined) throw new UnreadableFileError("pdf-picture");
    return { rows: height, size: height * Math.floor((width * bits * channels + 7) / 8) };
}

/** Keep packed samples as they are, if they end where they should. */
function flate(copier: Copier, words: readonly string[], data: Uint8Array, step: Filter, samples: Samples): Uint8Array {
    const size = packedSize(step, samples);
    const { total, used, check } = measure(data, size + 1);
    copier.budget.spend(total);
    if (used === 0 || total > size) return packed(copier, words, inflate(data), step, samples);
    const kept = join([ZLIB_HEAD, data.subarray(2, used), bigBytes(check, 4)]);
    return copier.packed([...words, ...parameters(copier, step), FLATE], kept);
}

/** Pack samples that a predictor may have changed. */
function packed(copier: Copier, words: readonly string[], data: Uint8Array, step: Filter, samples: Samples): Uint8Array {
    const whole = data.subarray(0, packedSize(step, samples));
    const told = parameters(copier, step);
    return told.length === 0 ? copier.stream(words, whole) : copier.deflated([...words, ...told], whole);
}

/** The size before prediction is undone: PNG's begins each row with a byte. */
function packedSize(step: Filter, { rows, size }: Samples): number {
    if (predictorOf(step.parameters) < 10) return size;
    return rows * (rowShape(step.parameters)[1] + 1);
}

function parameters(copier: Copier, step: Filter): string[] {
    if (predictorOf(step.parameters) === 1) return [];
    return [`/DecodeParms ${copier.dictionary("samples", step.parameters)}`];
}

/** Copy a coded picture. */
function coded(copier: Copier, words: readonly string[], untrusted: Uint8Array, step: Filter): Uint8Array {
    const filter = `/Filter /${step.name}`;
    if (step.name === "JBIG2Decode") return copier.packed([...words, ...onlyWith(globals(copier, step)), filter], cleanJbig2(untrusted));
    if (step.name === "CCITTFaxDecode") return copier.packed([...words, ...onlyWith(copier.words("fax", step.parameters)), filter], untrusted);
    const { data, removed } = step.name === "DCTDecode" ? cleanJpeg(untrusted) : cleanJpx(untrusted);
    copier.note(...removed);
    const more = step.name === "DCTDecode" ? onlyWith(copier.words("dct", step.parameters)) : [];
    return copier.packed([...words, ...more, filter], data);
}

function onlyWith(words: readonly string[]): string[] {
    return words.length > 0 ? [`/DecodeParms << ${words.join(" ")} >>`] : [];
}

/** The tables that several JBIG2 pictures share (§7.4.7). */
function globals(copier: Copier, step: Filter): string[] {
    const stream = step.parameters.get("JBIG2Globals");
    if (!(stream instanceof Stream)) return [];
    const data = cleanJbig2(copier.plain(stream));
    return ["/JBIG2Globals", copier.known(`globals ${textOf(data)}`, () => copier.add(() => copier.stream([], data)))];
}

/** A mask: a picture, or the colours that are not painted (§8.9.6). */
function mask(copier: Copier, untrusted: Value): string | undefined {
    return Array.isArray(copier.source.value(untrusted)) ? numbers(copier, untrusted) : copier.value("ref:image", untrusted);
}

/** A picture that stands inside a content stream (§8.9.7). */
export class Inline {
    readonly entries: Entries;
    private readonly copier: Copier;

    constructor(copier: Copier, untrusted: Entries) {
        this.copier = copier;
        this.entries = new Map([...untrusted].map(([key, value]) => [FULL_NAMES.get(key) ?? key, value]));
        this.entries.delete("L");
    }

    /** The data that begin behind the byte at *at*, and where the content goes on. */
    cut(content: Uint8Array, text: string, at: number): { data: Uint8Array; after: number } {
        const start = at + (text.startsWith("\r\n", at) ? 2 : 1);
        const [first] = this.copier.filters(this.entries);
        const upTo = (end: number): { data: Uint8Array; after: number } => {
            const found = END.exec(text.slice(end, end + MAX_GAP));
            if (found === null) throw malformed();
            return { data: content.subarray(start, end), after: end + found.index + found[0].length };
        };
        switch (first?.name) {
            case undefined:
                return upTo(start + samplesOf(this.copier, this.entries).size);
            case "FlateDecode": {
                const { used } = measure(content.subarray(start), LIMITS.pdf_stream);
                return upTo(used === 0 ? content.length : start + used);
            }
            case "ASCIIHexDecode":
            case "ASCII85Decode": {
                const end = text.indexOf(">", start);
                return upTo(end < 0 ? content.length : end + 1);
            }
            default: {
                END_OF_DATA.lastIndex = start;
                const found = END_OF_DATA.exec(text);
                if (found === null) throw malformed();
                return { data: content.subarray(start, found.index), after: found.index + 3 };
            }
        }
    }

    /** The object that stands for the picture, the same for equal ones. */
    ref(data: Uint8Array): string {
        const { copier, entries } = this;
        const key = `inline ${spelled(entries)} ${textOf(data)}`;
        const steps = copier.filters(entries);
        return copier.known(key, () => copier.add(() => picture(copier, entries, data, steps)));
    }
}

/** A spelling that differs for different values. */
function spelled(value: Value): string {
    if (value instanceof Name) return `/${value.text} `;
    if (value instanceof Text) return `(${value.text.length} ${value.text})`;
    if (value instanceof Ref) return `R${value.key}`;
    if (value instanceof Stream) return "stream";
    if (Array.isArray(value)) return `[${value.map(spelled).join(" ")}]`;
    if (value instanceof Map) return `<${[...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => `${key} ${spelled(one)}`).join(" ")}>`;
    return String(value);
}

export const RULES: Rules = { mask };
export const OBJECTS: Rules = { image };
