/** The twin of `files/images/png.py`, which says what stays, what goes and what is out of reach. */

import { readExif } from "./exif.ts";
import { asLatin1, categoriesOf, LIMITS } from "../policy.ts";
import { verifyPng } from "./verify-png.ts";
import { number, UnreadableFileError, Walker } from "../walker.ts";

const SIGNATURE = "\x89PNG\r\n\x1a\n";
const KEPT_ONCE = ["IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "cICP", "acTL", "IEND"];
const KEPT_OFTEN = ["IDAT", "fcTL", "fdAT"];
// What these tell goes without reading them.
const PLAIN: Readonly<Record<string, readonly string[]>> = { tIME: ["time"], pHYs: [], bKGD: [], hIST: [], sPLT: [] };
const MAX_LENGTH = 2 ** 31 - 1;
const MAX_LOOKAHEAD = 65_535;

export class PngCleaner extends Walker {
    protected readonly media = "image/png";
    protected readonly truncated = "png-truncated";
    private readonly seen = new Set<string>();

    protected run(): void {
        const signature = this.take(8);
        if (asLatin1(signature) !== SIGNATURE) throw new UnreadableFileError("png-malformed");
        this.emit(signature);
        let chunks = 1;
        while (this.chunk() !== "IEND") {
            if (++chunks > LIMITS.chunks) throw new UnreadableFileError("png-malformed");
        }
        this.cutHere();
    }

    protected verify(clean: Uint8Array): void {
        verifyPng(clean);
    }

    /** Copy or drop one chunk; return its type. */
    private chunk(): string {
        const start = this.at;
        const head = this.take(8);
        const length = number(head, 0, 4);
        const kind = asLatin1(head.subarray(4));
        if (length > MAX_LENGTH || !/^[A-Za-z]{4}$/.test(kind)) throw new UnreadableFileError("png-malformed");
        const known = KEPT_ONCE.includes(kind);
        if (!known && !KEPT_OFTEN.includes(kind) && /^[A-Z]/.test(kind)) {
            throw new UnreadableFileError("png-unsupported");
        }
        const body = this.take(length);
        const checksum = number(this.take(4), 0, 4);
        if (crc32(this.untrusted.subarray(start + 4, this.at - 4)) !== checksum) throw new UnreadableFileError("png-crc");
        if (KEPT_OFTEN.includes(kind) || (known && !this.seen.has(kind))) {
            this.emit(this.untrusted.subarray(start, this.at));
        } else if (!known) {
            this.noteChunk(kind, body.subarray(0, MAX_LOOKAHEAD));
        }
        this.seen.add(kind);
        return kind;
    }

    private noteChunk(kind: string, beginning: Uint8Array): void {
        const plain = PLAIN[kind];
        if (kind === "iCCP") {
            this.note(["colour-profile"]);
            // "sRGB" in the profile's name: what screens assume anyway.
            if (!asLatin1(beginning.subarray(0, 80)).includes("sRGB")) this.warnings.add("colours-may-change");
        } else if (kind === "eXIf") {
            this.note(readExif(beginning).categories);
        } else {
            this.note(plain ?? categoriesOf(beginning, /^(?:tEXt|zTXt|iTXt)$/.test(kind) ? "comment" : "unknown"));
        }
    }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    return crc;
});

function crc32(bytes: Uint8Array): number {
    let crc = -1;
    for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
    return ~crc >>> 0;
}
