/** The twin of `files/media/matroska_private.py`: what a file tells a decoder beforehand. */

import { cleanAv1c, cleanAvcc, cleanFlacBlocks, cleanHvcc, cleanSoundConfig } from "./codec-config.ts";
import { cleanUserData, type Coding, codingOf } from "./coded.ts";
import { type Element, type Elements, TABLES } from "./matroska-elements.ts";
import { littleBytes } from "../bytes.ts";
import { latin1 } from "../policy.ts";

type Cleaner = (file: Elements, start: number, end: number) => Coding;

const CODECS: Readonly<Record<string, string>> = TABLES.codecs;
const FOURCCS: Readonly<Record<string, string>> = TABLES.fourccs;
const VORBIS_NAME = latin1("\x03vorbis");
const THEORA_NAME = latin1("\x81theora");
const OPUS_BYTES = 19;
const OPUS_FAMILY = 18;
const OPUS_CHANNELS = 9;
const BITMAP_BYTES = 40;
/** Configurations that hold only numbers, and how long they may be. */
const NUMBERS: Readonly<Record<string, number>> = { V_VP9: 12, V_FFV1: 4096, A_ALAC: 48 };

/** Clean a CodecPrivate, or remove it; return how the track is coded. */
export function cleanPrivate(file: Elements, codec: string, element: Element): Coding {
    const { body, end } = element;
    const coding = codingOf(CODECS[codec] ?? "");
    const cleaner = CLEANERS[codec];
    if (cleaner !== undefined) return cleaner(file, body, end);
    if (coding.name === "aac") return cleanSoundConfig(file, body, end);
    if (coding.name === "mpeg") cleanUserData(file, coding, body, end);
    else if (end - body > (NUMBERS[codec] ?? 0)) file.remove(element);
    return coding;
}

function flac(file: Elements, start: number, end: number): Coding {
    file.demand(file.word(start) === "fLaC");
    cleanFlacBlocks(file, start + 4, end);
    return codingOf("");
}

/** An identification header as long as its channels make it (RFC 7845 §5.1). */
function opus(file: Elements, start: number, end: number): Coding {
    const more = file.number(start + OPUS_FAMILY, 1) > 0 ? 2 + file.number(start + OPUS_CHANNELS, 1) : 0;
    const after = start + OPUS_BYTES + more;
    file.demand(after <= end);
    file.zero(after, end, "unknown");
    return codingOf("");
}

/** Empty the second of three headers: one long name without letters, and no comments. */
function xiph(name: Uint8Array, framing: Uint8Array): Cleaner {
    return (file: Elements, start, end) => {
        file.demand(file.number(start, 1) === 2);
        const sizes: number[] = [];
        let at = start + 1;
        while (sizes.length < 2) {
            let size = 0;
            for (; file.number(at, 1) === 255; at++) size += 255;
            sizes.push(size + file.number(at++, 1));
        }
        const [first = 0, second = 0] = sizes;
        at += first;
        const space = second - name.length - 8 - framing.length;
        file.demand(at + second <= end && space >= 0 && file.isAt(name, at, end));
        const body = at + name.length + 4;
        file.put(body - 4, littleBytes(space, 4), "software");
        file.zero(body, body + space + 4, "software", "comment");
        file.put(body + space + 4, framing);
        return codingOf("");
    };
}

/** Keep the head that Windows gives to pictures, if what it names is known. */
function bitmap(file: Elements, start: number, end: number): Coding {
    file.demand(start + BITMAP_BYTES <= end);
    const fourcc = file.word(start + 16);
    const name = Object.hasOwn(FOURCCS, fourcc) ? FOURCCS[fourcc] : undefined;
    if (name === undefined) throw file.refusal("codec");
    file.zero(start + 24, start + BITMAP_BYTES, "unknown");
    const coding = codingOf(name);
    if (name === "mpeg") cleanUserData(file, coding, start + BITMAP_BYTES, end);
    else if (fourcc !== "FFV1") file.zero(start + BITMAP_BYTES, end);
    return coding;
}

const CLEANERS: Readonly<Record<string, Cleaner>> = {
    "V_MPEG4/ISO/AVC": cleanAvcc,
    "V_MPEGH/ISO/HEVC": cleanHvcc,
    V_AV1: cleanAv1c,
    "V_MS/VFW/FOURCC": bitmap,
    V_THEORA: xiph(THEORA_NAME, new Uint8Array()),
    A_VORBIS: xiph(VORBIS_NAME, Uint8Array.of(1)),
    A_OPUS: opus,
    A_FLAC: flac,
};
