/** The twin of `files/images/jpeg.py`, which says what stays, what goes and what is out of reach. */

import { orientationSegment, readExif, UPRIGHT } from "./exif.ts";
import { APP2_PREFIX, iccSegment, replacement } from "./icc.ts";
import { categoriesOf, latin1, LIMITS, startsWith } from "../policy.ts";
import { verifyJpeg } from "./verify-jpeg.ts";
import { number, UnreadableFileError, Walker } from "../walker.ts";

const [SOI, EOI, SOS, DRI, COM] = [0xd8, 0xd9, 0xda, 0xdd, 0xfe];
const [APP0, APP1, APP2, APP14] = [0xe0, 0xe1, 0xe2, 0xee];
const KEPT = [0xc4, 0xcc, 0xdb, DRI, SOS, 0xc0, 0xc1, 0xc2, 0xc3, 0xc9, 0xca, 0xcb];
const UNSUPPORTED = [0xc5, 0xc6, 0xc7, 0xc8, 0xcd, 0xce, 0xcf, 0xdc, 0xde, 0xdf];

const START = latin1("\xff\xd8");
const END = latin1("\xff\xd9");
const JFIF = latin1("JFIF\0");
const ADOBE = latin1("Adobe");
const EXIF = latin1("Exif\0");
const JFIF_SEGMENT = latin1("\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
const ADOBE_SEGMENT = latin1("\xff\xee\0\x0eAdobe\0\x64\0\0\0\0");
const JFIF_BODY = 14;
const ADOBE_BODY = 12;
const MAX_FILL = 64;

export class JpegCleaner extends Walker {
    protected readonly media = "image/jpeg";
    protected readonly truncated = "jpeg-truncated";
    private scanning = false;
    private restarts = false;
    private oriented = false;

    protected run(): void {
        if (number(this.take(2), 0, 2) !== 0xff00 + SOI) throw malformed();
        this.emit(START);
        let segments = 0;
        for (let marker = this.marker(); marker !== EOI; marker = this.marker()) {
            this.segment(marker);
            if (++segments === LIMITS.segments) throw malformed();
        }
        this.emit(END);
        this.cutHere();
    }

    protected verify(clean: Uint8Array): void {
        verifyJpeg(clean);
    }

    /** The next marker's code; any FF before it is filling (T.81 §B.1.1.2). */
    private marker(): number {
        let untrusted = number(this.take(2), 0, 2);
        for (let i = 0; i < MAX_FILL && untrusted >= 0xff00; i++) {
            if (untrusted !== 0xffff) return untrusted - 0xff00;
            untrusted = 0xff00 + number(this.take(1), 0, 1);
        }
        throw malformed();
    }

    private segment(marker: number): void {
        const start = this.at - 2;
        if (UNSUPPORTED.includes(marker)) throw new UnreadableFileError("jpeg-unsupported");
        const kept = KEPT.includes(marker);
        if (!kept && marker < APP0) throw malformed();
        const length = number(this.take(2), 0, 2);
        if (length < 2) throw malformed();
        const body = this.take(length - 2);
        if (!kept) {
            this.replace(marker, body);
            return;
        }
        this.emit(this.untrusted.subarray(start, this.at));
        if (marker === DRI) this.restarts = body.some((byte) => byte > 0);
        if (marker === SOS) {
            this.scanning = true;
            this.codedData();
        }
    }

    /** FF 00 is data, and so is FF D0…D7 where tables announce restarts; any other FF begins a marker. */
    private codedData(): void {
        const start = this.at;
        for (let at = start; ; at += 2) {
            at = this.untrusted.indexOf(0xff, at);
            const after = at < 0 ? undefined : this.untrusted[at + 1];
            if (after === undefined) throw new UnreadableFileError(this.truncated);
            if (after !== 0 && !(this.restarts && after >= 0xd0 && after <= 0xd7)) {
                this.at = at;
                break;
            }
        }
        this.emit(this.untrusted.subarray(start, this.at));
    }

    /** Write what the picture needs from a dropped segment, note what it told. */
    private replace(marker: number, body: Uint8Array): void {
        if (marker === APP0 && startsWith(body, JFIF) && body.length >= JFIF_BODY) {
            this.emitHeader(JFIF_SEGMENT);
            if (body.length > JFIF_BODY) this.note(["thumbnail"]);
        } else if (marker === APP14 && startsWith(body, ADOBE) && body.length >= ADOBE_BODY) {
            this.emitHeader(ADOBE_SEGMENT, body.subarray(ADOBE_BODY - 1, ADOBE_BODY));
        } else if (marker === APP1 && startsWith(body, EXIF)) {
            this.orient(body.subarray(6));
        } else if (marker === APP2 && startsWith(body, APP2_PREFIX)) {
            this.recolour(body.subarray(APP2_PREFIX.length));
        } else {
            this.note(categoriesOf(body, marker === COM ? "comment" : "unknown"));
        }
    }

    /** Decoders read headers up to the first scan; later ones could only hide data. */
    private emitHeader(...segment: Uint8Array[]): void {
        if (!this.scanning) this.emit(...segment);
    }

    private orient(untrusted: Uint8Array): void {
        const { orientation, categories } = readExif(untrusted);
        this.note(categories);
        if (orientation !== UPRIGHT && !this.oriented) {
            this.oriented = true;
            this.emitHeader(orientationSegment(orientation));
        }
    }

    /** Long profiles come in several segments; the first one decides for all. */
    private recolour(untrusted: Uint8Array): void {
        const profile = untrusted.subarray(2);
        const ours = untrusted[0] === 1 ? replacement(profile) : new Uint8Array();
        if (ours === undefined) this.warnings.add("colours-may-change");
        else if (ours.length > 0) this.emitHeader(iccSegment(ours));
        const same = ours?.length === profile.length && startsWith(profile, ours);
        if (number(untrusted, 0, 2) !== 0x0101 || !same) this.note(["colour-profile"]);
    }
}

function malformed(): UnreadableFileError {
    return new UnreadableFileError("jpeg-malformed");
}
