/** The twin of `files/documents/pdf/verify_streams.py`: what each kind of stream may hold, and that nothing follows it. */

import { Inflate } from "fflate";

import rules from "../../../files/documents/pdf/rules.json";
import { verifyJpeg } from "../../images/verify-jpeg.ts";
import { LIMITS } from "../../policy.ts";
import { type Demand, demanding, UnreadableFileError } from "../../walker.ts";

const demand: Demand = demanding("pdf-malformed");

const NUMBER = "[-+.0-9]+ ";
const STRING = "<(?:[0-9a-f]{2})*> ";
const RESOURCE = "/R[1-9][0-9]* ";
const WORDS: Readonly<Record<string, string>> = {
    n: NUMBER,
    N: RESOURCE,
    s: STRING,
    a: `\\[ (?:${NUMBER}|${STRING})*\\] `,
};
const LINE = new RegExp(
    `^(?:${[
        ...Object.entries(rules.operators)
            .filter(([shape]) => shape !== "N" && shape !== "*")
            .map(([shape, operators]) => `${Array.from(shape, (letter) => WORDS[letter] ?? "").join("")}(?:${operators.map(escaped).join("|")})`),
        `${RESOURCE}(?:Do|gs|cs|CS|sh)`,
        "/(?:DeviceGray|DeviceRGB|DeviceCMYK|Pattern) (?:cs|CS)",
        "/(?:AbsoluteColorimetric|RelativeColorimetric|Saturation|Perceptual) ri",
        `(?:${NUMBER}){0,64}(?:${RESOURCE})?(?:sc|SC|scn|SCN)`,
        `(?:/OC ${RESOURCE}|/Span << /ActualText ${STRING}>> )BDC`,
    ].join("|")})$`,
);
const ROW = "<(?:[0-9a-f]{2})*>(?: <(?:[0-9a-f]{2})*>){0,2}";
const MAP_HEAD = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /R def\n";
const MAP_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend";
const MAP_SYSTEM =
    /^\/CIDSystemInfo 3 dict dup begin\n\/Registry \([A-Za-z0-9-]+\) def\n\/Ordering \([A-Za-z0-9-]+\) def\n\/Supplement 0 def\nend def\n/;
const MAP_LINE = new RegExp(
    `^(?:/[!-~]+ usecmap|/WMode [01] def|[0-9]+ begin[a-z]+|end[a-z]+|${ROW}(?: [0-9]+| /[!-~]+| \\[ (?:(?:<[0-9a-f]*>|/[!-~]+) )*\\])?)$`,
);
const PROGRAM = /^(?:(?:[a-z]+|[-+.0-9]+|[{}])(?: |$))*$/;
const TABLES = "cmap,cvt ,fpgm,glyf,head,hhea,hmtx,loca,maxp,prep,OS/2,post,vhea,vmtx,VORG,CFF ,GSUB,gasp".split(",");
const PROFILE_TAGS =
    "rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 gamt chad desc cprt".split(" ");
const JP2_START = "\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ";
const JP2_HEADER = ["ihdr", "bpcc", "colr", "pclr", "cmap", "cdef"];
const JBIG2 = [0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 49, 50, 53];
const GLYPH_MAP = 131_072;
const PIECE = 1 << 16;

type Kind = "content" | "map" | "program" | "samples" | "glyphs" | "profile" | "font" | "jbig2";

const BY_KEY: Readonly<Record<string, Kind>> = {
    Contents: "content",
    CharProcs: "content",
    ToUnicode: "map",
    Encoding: "map",
    FontFile: "font",
    FontFile2: "font",
    FontFile3: "font",
    CIDToGIDMap: "glyphs",
    ICCBased: "profile",
    JBIG2Globals: "jbig2",
};
const KINDS: Readonly<Record<Kind, (plain: Uint8Array) => boolean>> = {
    content: (plain) => linesOf(plain).every((line) => LINE.test(line)),
    map: isMap,
    program: (plain) => PROGRAM.test(latin(plain)),
    // Numbers that only a drawing can check.
    samples: (plain) => plain.length <= LIMITS.pdf_stream,
    glyphs: (plain) => plain.length <= GLYPH_MAP,
    profile: isProfile,
    font: isFont,
    jbig2: isJbig2,
};

/**
 * Raise `UnreadableFileError` for data that a stream led to by *keys* must not hold.
 *
 * *told* has the first word of each entry of its dictionary.
 */
export function verifyStream(told: ReadonlyMap<string, string>, data: Uint8Array, keys: ReadonlySet<string>): void {
    const packing = told.get("Filter");
    if (told.get("Subtype") === "/Image") {
        verifyPicture(packing, data);
        return;
    }
    const kind = kindOf(told, keys);
    demand(kind !== undefined && (packing === undefined || packing === "/FlateDecode"));
    demand(KINDS[kind](packing === undefined ? data : unpacked(data)));
}

/** The kind of a stream by what its dictionary tells, or by the keys to it. */
function kindOf(told: ReadonlyMap<string, string>, keys: ReadonlySet<string>): Kind | undefined {
    if (told.has("PatternType") || told.get("Subtype") === "/Form") return "content";
    if (told.has("FunctionType")) return told.get("FunctionType") === "4" ? "program" : "samples";
    if (told.has("ShadingType")) return "samples";
    const kinds = new Set([...keys].map((key) => BY_KEY[key]));
    return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** What a zlib stream holds, whose checksum stands at the very end. */
function unpacked(data: Uint8Array): Uint8Array {
    const pieces: Uint8Array[] = [];
    const total = unpack(data, (piece) => pieces.push(piece));
    const plain = new Uint8Array(total);
    let at = 0;
    for (const piece of pieces) {
        plain.set(piece, at);
        at += piece.length;
    }
    return plain;
}

/** How much a zlib stream holds; a word behind its end would stand where its checksum must be. */
function unpack(data: Uint8Array, take: (piece: Uint8Array) => void): number {
    demand(data.length >= 6 && ((data[0] ?? 0) & 15) === 8 && (((data[0] ?? 0) << 8) | (data[1] ?? 0)) % 31 === 0);
    let [total, low, high, ended] = [0, 1, 0, false];
    const stream = new Inflate((piece, final) => {
        for (const byte of piece) {
            low = (low + byte) % 65_521;
            high = (high + low) % 65_521;
        }
        total += piece.length;
        demand(total <= LIMITS.pdf_unpacked);
        ended ||= final;
        take(piece);
    });
    const body = data.subarray(2, data.length - 4);
    try {
        for (let at = 0; at < body.length; at += PIECE) stream.push(body.subarray(at, at + PIECE), at + PIECE >= body.length);
    } catch (error) {
        if (error instanceof UnreadableFileError) throw error;
        demand(false);
    }
    const check = new DataView(data.buffer, data.byteOffset + data.length - 4).getUint32(0);
    demand(ended && check === high * 65_536 + low);
    return total;
}

function verifyPicture(packing: string | undefined, data: Uint8Array): void {
    if (packing === "/FlateDecode") unpack(data, () => undefined);
    else if (packing === "/DCTDecode") verifyJpeg(data);
    else if (packing === "/JPXDecode") demand(isJpx(data));
    else if (packing === "/JBIG2Decode") demand(isJbig2(data));
    else demand(packing === undefined || packing === "/CCITTFaxDecode");
}

/** Every line, each of which has an end. */
function linesOf(plain: Uint8Array): string[] {
    demand(plain.length === 0 || plain.at(-1) === 10);
    return latin(plain).split("\n").slice(0, -1);
}

function isMap(plain: Uint8Array): boolean {
    const text = latin(plain);
    if (!text.startsWith(MAP_HEAD) || !text.endsWith(MAP_TAIL)) return false;
    const body = text.slice(MAP_HEAD.length, -MAP_TAIL.length).replace(MAP_SYSTEM, "");
    return body === "" || (body.endsWith("\n") && body.slice(0, -1).split("\n").every((line) => MAP_LINE.test(line)));
}

/** No maker, model, date, platform or identifier, and no element but those of colours. */
function isProfile(plain: Uint8Array): boolean {
    if (![...plain.subarray(4, 8), ...plain.subarray(24, 36), ...plain.subarray(40, 64), ...plain.subarray(80, 128)].every((byte) => byte === 0)) return false;
    const count = Math.min(big(plain, 128, 4), 100);
    const tags = Array.from({ length: count }, (_, i) => latin(plain.subarray(132 + 12 * i, 136 + 12 * i)));
    return latin(plain.subarray(36, 40)) === "acsp" && tags.every((tag) => PROFILE_TAGS.includes(tag));
}

/** Known tables only; no comment and no text in what is not encrypted; or CFF. */
function isFont(plain: Uint8Array): boolean {
    const start = latin(plain.subarray(0, 19));
    if (["\0\x01\0\0", "true", "OTTO"].includes(start.slice(0, 4))) {
        const tags = Array.from({ length: big(plain, 4, 2) }, (_, i) => latin(plain.subarray(12 + 16 * i, 16 + 16 * i)));
        return tags.every((tag) => TABLES.includes(tag));
    }
    if (start === "%!PS-AdobeFont-1.0\n") {
        const text = latin(plain);
        const clear = text.slice(19, text.indexOf("eexec"));
        return !clear.includes("%") && !/\((?!\))/.test(clear);
    }
    return plain[0] === 1;
}

/** Two boxes of known content, or a codestream, which both end with their last tile. */
function isJpx(data: Uint8Array): boolean {
    if (isCodestreamHead(data)) return isCodestream(data);
    if (latin(data.subarray(0, JP2_START.length)) !== JP2_START) return false;
    const header = JP2_START.length;
    const body = header + big(data, header, 4);
    if (latin(data.subarray(header + 4, header + 8)) !== "jp2h" || latin(data.subarray(body + 4, body + 8)) !== "jp2c") return false;
    let at = header + 8;
    while (at < body) {
        if (!JP2_HEADER.includes(latin(data.subarray(at + 4, at + 8)))) return false;
        at += Math.max(8, big(data, at, 4));
    }
    return at === body && body + big(data, body, 4) === data.length && isCodestream(data.subarray(body + 8));
}

function isCodestreamHead(data: Uint8Array): boolean {
    return big(data, 0, 4) === 0xff4fff51;
}

/** No comment in the main header, tile after tile, and the end. */
function isCodestream(data: Uint8Array): boolean {
    let at = 2;
    while (at < data.length && ![0xff90, 0xff64].includes(big(data, at, 2))) at += 2 + big(data, at + 2, 2);
    while (big(data, at, 2) === 0xff90) at += Math.max(14, big(data, at + 6, 4));
    return isCodestreamHead(data) && at + 2 === data.length && big(data, at, 2) === 0xffd9;
}

/** Segments that draw, one behind the other; the last one may not tell its length. */
function isJbig2(data: Uint8Array): boolean {
    let at = 0;
    while (at < data.length) {
        const flags = data[at + 4] ?? 0;
        if (data.length < at + 11 || !JBIG2.includes(flags & 63)) return false;
        const number = big(data, at, 4);
        let count = (data[at + 5] ?? 0) >> 5;
        let head = at + 6;
        if (count === 7) {
            count = big(data, at + 5, 4) % 2 ** 29;
            head = at + 9 + ((count + 8) >> 3);
        }
        head += count * (number <= 256 ? 1 : number <= 65_536 ? 2 : 4) + (flags & 64 ? 4 : 1);
        const size = big(data, head, 4);
        at = size === 0xffffffff ? data.length : head + 4 + size;
    }
    return at === data.length;
}

/** A big-endian number; bytes outside count as zero. */
function big(data: Uint8Array, at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (data[at + i] ?? 0);
    return value;
}

/** One character for each byte. */
function latin(bytes: Uint8Array): string {
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += 4096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
    return parts.join("");
}

function escaped(operator: string): string {
    return operator.replace(/[*'"]/g, "\\$&");
}
