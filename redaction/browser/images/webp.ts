/** The twin of `files/images/webp.py`, which says what stays, what goes and what is out of reach. */

import { orientationSegment, readExif, UPRIGHT } from "./exif.ts";
import { replacement } from "./icc.ts";
import { verifyWebp } from "./verify-webp.ts";
import { asLatin1, categoriesOf, latin1, LIMITS, startsWith } from "../policy.ts";
import { little, littleBytes } from "../bytes.ts";
import { join, UnreadableFileError, Walker } from "../walker.ts";

type Chunk = readonly [kind: string, body: Uint8Array];

const PICTURES = ["VP8 ", "VP8L"];
const HEADERS = ["VP8X", "ANIM"];
const [ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, ANIMATION_FLAG] = [0x20, 0x10, 0x08, 0x02];
const FRAME_HEADER = 16;
const MOST_IN_FRAME = 100;
const EXIF = latin1("Exif\0\0");

export class WebpCleaner extends Walker {
    protected readonly media = "image/webp";
    protected readonly truncated = "picture-truncated";
    private readonly kept = new Map<string, Uint8Array>();
    private readonly frames: Uint8Array[] = [];
    private profile = new Uint8Array();
    private orientation = UPRIGHT;

    protected run(): void {
        const head = this.take(12);
        const end = 8 + little(head, 4, 4);
        if (asLatin1(head.subarray(0, 4)) !== "RIFF" || asLatin1(head.subarray(8)) !== "WEBP" || end < 20) throw malformed();
        if (end > this.untrusted.length) throw new UnreadableFileError(this.truncated);
        for (const [kind, body] of chunks(this.untrusted.subarray(0, end), 12, LIMITS.chunks)) this.sort(kind, body);
        this.at = end;
        this.cutHere();
        this.assemble();
    }

    protected verify(clean: Uint8Array): void {
        verifyWebp(clean);
    }

    private sort(kind: string, body: Uint8Array): void {
        if (kind === "ANMF") {
            this.frames.push(this.frame(body));
        } else if (PICTURES.includes(kind) || HEADERS.includes(kind) || kind === "ALPH") {
            // A still picture has one; decoders look at the first.
            this.keep(this.kept, kind, body);
        } else if (kind === "ICCP") {
            this.recolour(body);
        } else if (kind === "EXIF") {
            this.orient(startsWith(body, EXIF) ? body.subarray(EXIF.length) : body);
        } else {
            this.note(categoriesOf(body, "unknown"));
        }
    }

    private keep(kept: Map<string, Uint8Array>, kind: string, body: Uint8Array): void {
        const taken = PICTURES.includes(kind) ? PICTURES : [kind];
        if (taken.some((known) => kept.has(known))) this.note(["unknown"]);
        else kept.set(kind, body);
    }

    /** A frame of an animation with nothing but its header, alpha and picture. */
    private frame(body: Uint8Array): Uint8Array {
        if (body.length < FRAME_HEADER) throw malformed();
        if (this.frames.length === LIMITS.frames) throw new UnreadableFileError("picture-too-large");
        const inner = new Map<string, Uint8Array>();
        for (const [kind, data] of chunks(body, FRAME_HEADER, MOST_IN_FRAME)) {
            if (PICTURES.includes(kind) || kind === "ALPH") this.keep(inner, kind, data);
            else this.note(categoriesOf(data, "unknown"));
        }
        const flags = Uint8Array.of((body[FRAME_HEADER - 1] ?? 0) & 3);
        return join([body.subarray(0, FRAME_HEADER - 1), flags, picture(inner)]);
    }

    private recolour(untrusted: Uint8Array): void {
        const ours = replacement(untrusted);
        if (ours === undefined) this.warnings.add("colours-may-change");
        else if (this.profile.length === 0) this.profile = new Uint8Array(ours);
        const same = ours?.length === untrusted.length && startsWith(untrusted, ours);
        if (ours === undefined || ours.length === 0 || !same) this.note(["colour-profile"]);
    }

    private orient(untrusted: Uint8Array): void {
        const { orientation, categories } = readExif(untrusted);
        this.note(categories);
        if (this.orientation === UPRIGHT) this.orientation = orientation;
    }

    private assemble(): void {
        const header = this.kept.get("VP8X");
        const body = header === undefined ? picture(this.kept) : this.extended(header);
        this.emit(latin1("RIFF"), littleBytes(4 + body.length, 4), latin1("WEBP"), body);
    }

    /** The chunks of a file with a VP8X header, in the order of RFC 9649 §2.7. */
    private extended(header: Uint8Array): Uint8Array {
        if (header.length < 10) throw malformed();
        const turned = this.orientation !== UPRIGHT;
        const animated = ((header[0] ?? 0) & ANIMATION_FLAG) > 0;
        const flags =
            ((header[0] ?? 0) & (ALPHA_FLAG | ANIMATION_FLAG)) |
            (this.profile.length > 0 ? ICC_FLAG : 0) |
            (turned ? EXIF_FLAG : 0);
        const pieces = [chunk("VP8X", join([Uint8Array.of(flags, 0, 0, 0), header.subarray(4, 10)]))];
        if (this.profile.length > 0) pieces.push(chunk("ICCP", this.profile));
        pieces.push(animated ? this.animation() : picture(this.kept));
        if (turned) pieces.push(chunk("EXIF", orientationSegment(this.orientation).subarray(10)));
        return join(pieces);
    }

    private animation(): Uint8Array {
        const timing = this.kept.get("ANIM");
        if (timing === undefined || timing.length < 6) throw malformed();
        if (timing.length > 6) this.note(["unknown"]);
        return join([chunk("ANIM", timing.subarray(0, 6)), ...this.frames.map((frame) => chunk("ANMF", frame))]);
    }
}

/** Types and data of the chunks from *at* to the end, each padded to an even length. */
function chunks(bytes: Uint8Array, at: number, most: number): Chunk[] {
    const found: Chunk[] = [];
    while (at < bytes.length) {
        if (found.length === most || at + 8 > bytes.length) throw malformed();
        const end = at + 8 + little(bytes, at + 4, 4);
        if (end > bytes.length) throw malformed();
        found.push([asLatin1(bytes.subarray(at, at + 4)), bytes.subarray(at + 8, end)]);
        at = end + ((end - at) % 2);
    }
    return found;
}

/** The chunks of one picture. */
function picture(kept: ReadonlyMap<string, Uint8Array>): Uint8Array {
    const [lossless, lossy, alpha] = [kept.get("VP8L"), kept.get("VP8 "), kept.get("ALPH")];
    if (lossless !== undefined) return chunk("VP8L", lossless);
    if (lossy === undefined) throw malformed();
    return join([...(alpha === undefined ? [] : [chunk("ALPH", alpha)]), chunk("VP8 ", lossy)]);
}

function chunk(kind: string, body: Uint8Array): Uint8Array {
    return join([latin1(kind), littleBytes(body.length, 4), body, new Uint8Array(body.length % 2)]);
}

function malformed(): UnreadableFileError {
    return new UnreadableFileError("picture-malformed");
}
