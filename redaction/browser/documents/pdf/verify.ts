/** The twin of `files/documents/pdf/verify.py`: read a written PDF a second time, knowing nothing of how it was made. */

import rules from "../../../files/documents/pdf/rules.json";
import { type Demand, demanding } from "../../walker.ts";
import { verifyStream } from "./verify-streams.ts";

const demand: Demand = demanding("pdf-malformed");

const HEAD = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const ENTRY_BYTES = 20;
const STREAM_END = "\nendstream\nendobj\n";
const TABLE_START = "xref\n0 ";
const OBJECT = /^([0-9]+) 0 obj\n(<< (?:[!-~]+ )*>>)\n(stream\n|endobj\n)/;
const TABLE =
    /^xref\n0 ([0-9]+)\n0000000000 65535 f \n((?:[0-9]{10} 00000 n \n)+)trailer\n<< \/Size ([0-9]+) \/Root 1 0 R >>\nstartxref\n([0-9]+)\n%%EOF\n$/;
const STRUCTURE =
    "Pages Kids Count Outlines OCProperties D OFF OCGs Name Title Dest A S URI First Last Next Prev C F Parent Resources Contents Annots " +
    "Filter DecodeParms Length Length1 Length2 Length3 JBIG2Globals N Alternate CMapName WMode UseCMap CharProcs CIDSystemInfo Type Subtype";
const KEYS = new Set([...Object.values<Record<string, string>>(rules.kinds).flatMap((kind) => Object.keys(kind)), ...STRUCTURE.split(" ")]);
const CATEGORIES = ["ColorSpace", "ExtGState", "Font", "Pattern", "Properties", "Shading", "XObject"];
const VALUES =
    "Catalog Pages Outlines OCG CMap R None Identity Default FlateDecode DCTDecode JPXDecode CCITTFaxDecode JBIG2Decode URI " +
    "ICCBased Indexed Separation DeviceN CalGray CalRGB Lab And Or Not Type1C CIDFontType0C OpenType";
const NAMES = new Set([
    ...Object.values(rules.lists).flat(),
    ...Object.values<Record<string, string>>(rules.kinds)
        .flatMap((kind) => Object.values(kind))
        .filter((rule) => rule.startsWith("="))
        .map((rule) => rule.slice(1)),
    ...VALUES.split(" "),
]);
/** Keys whose names say how a text looks and reads. */
const FREE = ["BaseFont", "FontName", "Encoding", "ToUnicode", "UseCMap", "Differences", "CharProcs"];
const INKS = ["Separation", "DeviceN"];
const STRINGS = ["Title", "URI", "Registry", "Ordering", "Indexed"];
const LAYER = "<4c61796572>";
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;
const CONSTANTS = ["true", "false", "null"];
const STRING = /^<(?:[0-9a-f]{2})*>$/;
const RESOURCE = /^\/(?:R[1-9][0-9]*|Default(?:Gray|RGB|CMYK))$/;
const MAX_DEPTH = 40;

/** An object's dictionary, word by word, and the data behind it, if it is a stream. */
interface Written {
    readonly words: readonly string[];
    readonly data: Uint8Array | undefined;
}

/** Raise `UnreadableFileError` unless every byte has its right to be there. */
export function verifyPdf(written: Uint8Array): void {
    demand(latin(written, 0, HEAD.length) === HEAD);
    const tail = /startxref\n([0-9]{1,10})\n%%EOF\n$/.exec(latin(written, Math.max(0, written.length - 64), written.length));
    const start = Number(tail?.[1] ?? NaN);
    demand(start > 0 && start < written.length && latin(written, start, start + TABLE_START.length) === TABLE_START);
    const [, count = "", entries = "", size = "", place = ""] = TABLE.exec(latin(written, start, written.length)) ?? [];
    demand(count !== "" && count === size && Number(count) === 1 + entries.length / ENTRY_BYTES && Number(place) === start);
    const objects: Written[] = [];
    let at = HEAD.length;
    for (let number = 1; number < Number(count); number++) {
        demand(Number(entries.slice((number - 1) * ENTRY_BYTES, (number - 1) * ENTRY_BYTES + 10)) === at);
        const { object, end } = objectAt(written, at, number);
        objects.push(object);
        at = end;
    }
    demand(at === start);
    judge(objects);
}

/** The object that begins at *at*, and where it ends. */
function objectAt(written: Uint8Array, at: number, number: number): { object: Written; end: number } {
    const found = OBJECT.exec(headAt(written, at));
    const [whole = "", said, dictionary = "", kind] = found ?? [];
    demand(found !== null && Number(said) === number);
    const words = dictionary.split(" ");
    const begin = at + whole.length;
    if (kind === "endobj\n") return { object: { words, data: undefined }, end: begin };
    const length = words.at(-2) ?? "";
    demand(words.at(-3) === "/Length" && /^[0-9]+$/.test(length));
    const end = begin + Number(length);
    demand(latin(written, end, end + STREAM_END.length) === STREAM_END);
    return { object: { words, data: written.subarray(begin, end) }, end: end + STREAM_END.length };
}

/** The lines of an object up to the end of its dictionary. */
function headAt(written: Uint8Array, at: number): string {
    const first = written.indexOf(10, at);
    const second = written.indexOf(10, first + 1);
    const third = written.indexOf(10, second + 1);
    demand(first > 0 && second > first && third > second);
    return latin(written, at, third + 1);
}

/** Look at every word and at all data; each object but the first must be named. */
function judge(objects: readonly Written[]): void {
    const named = new Map<number, Set<string>>([[1, new Set(["Root"])]]);
    const told = objects.map(({ words }) => new Words(words, named).read());
    demand(named.size === objects.length && objects.every((_, i) => named.has(i + 1)));
    objects.forEach(({ data }, i) => {
        if (data !== undefined) verifyStream(told[i] ?? new Map<string, string>(), data, named.get(i + 1) ?? new Set());
    });
}

/** Reads the words of one object; *named* gets the keys that lead to others. */
class Words {
    private readonly words: readonly string[];
    private readonly named: Map<number, Set<string>>;
    private readonly told = new Map<string, string>();
    private at = 0;

    constructor(words: readonly string[], named: Map<number, Set<string>>) {
        this.words = words;
        this.named = named;
    }

    /** The first word of each entry of the outermost dictionary. */
    read(): Map<string, string> {
        this.value("", 0);
        demand(this.at === this.words.length);
        return this.told;
    }

    /** One value of *key*. */
    private value(key: string, depth: number): void {
        demand(depth < MAX_DEPTH);
        const word = this.next();
        if (word === "<<") this.dictionary(key, depth);
        else if (word === "[") this.array(key, depth);
        else if (word.startsWith("/")) demand(NAMES.has(word.slice(1)) || FREE.includes(key) || INKS.includes(key));
        else if (word.startsWith("<")) {
            demand(STRING.test(word));
            demand(STRINGS.includes(key) || (key === "Name" && word === LAYER));
        } else if (this.words[this.at] === "0" && this.words[this.at + 1] === "R") {
            demand(/^[0-9]+$/.test(word));
            this.at += 2;
            const keys = this.named.get(Number(word)) ?? new Set();
            this.named.set(Number(word), keys.add(key));
        } else demand(CONSTANTS.includes(word) || NUMBER.test(word));
    }

    private dictionary(key: string, depth: number): void {
        const seen = new Set<string>();
        for (let word = this.next(); word !== ">>"; word = this.next()) {
            demand(word.startsWith("/") && !seen.has(word));
            seen.add(word);
            let inner = word.slice(1);
            if (depth === 0) this.told.set(inner, this.words[this.at] ?? "");
            if (key === "Resources") demand(CATEGORIES.includes(inner));
            else if (key === "CharProcs" || (CATEGORIES.includes(key) && RESOURCE.test(word))) inner = key;
            else demand(KEYS.has(inner));
            this.value(inner, depth + 1);
        }
    }

    private array(key: string, depth: number): void {
        const first = (this.words[this.at] ?? "").slice(1);
        const kind = [...INKS, "ICCBased", "Indexed"].includes(first) && !FREE.includes(key) ? first : key;
        while (this.words[this.at] !== "]") this.value(kind, depth + 1);
        this.next();
    }

    private next(): string {
        const word = this.words[this.at++];
        demand(word !== undefined);
        return word;
    }
}

/** The bytes from *start* to *end*, one character for each. */
function latin(bytes: Uint8Array, start: number, end: number): string {
    let text = "";
    for (let at = start; at < end; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096)));
    return text;
}
