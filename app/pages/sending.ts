/**
 * From a draft to a receipt: take the keyring and a code, upload, seal, hand over, check.
 *
 * One `Sending` belongs to one draft. It remembers each finished step, so that trying again goes
 * on where it stopped and the site sees the same bytes under the same name.
 */

import { equal, toBase64 } from "../../crypto/browser/bytes.ts";
import { LogPromise } from "../../crypto/browser/commitment.ts";
import type { About, Attachment, Lang, Section } from "../../crypto/browser/envelope.ts";
import { CryptoError } from "../../crypto/browser/errors.ts";
import { commitmentOf, encodeHanding, sealHanding } from "../../crypto/browser/handing.ts";
import type { ReceiptCode } from "../../crypto/browser/receipt.ts";
import type { Coded, Groundwork } from "./groundwork.ts";
import { type Answer, RefusedError, type Site } from "./http.ts";
import { ANY_SUBJECT, checkTextSize, ClosedTopicError, type Intake } from "./intake.ts";
import { Upload } from "./upload.ts";

export interface OutgoingFile {
    /** Neutral: `file-1.jpg`. */
    readonly name: string;
    readonly media: string;
    /** Cleaned. */
    readonly bytes: Uint8Array;
}

export interface Draft {
    readonly topic: string;
    readonly lang: Lang;
    readonly sections: readonly Section[];
    readonly about: About;
    readonly files: readonly OutgoingFile[];
}

export type Progress =
    | { readonly stage: "keys" | "message" | "again" | "work" }
    | { readonly stage: "file"; readonly index: number; readonly count: number; readonly fraction: number };

export interface Receipt {
    readonly code: ReceiptCode;
    readonly commitment: Uint8Array;
    /** The last day for the log, or `undefined` if the site's promise does not hold. */
    readonly mergeBy: string | undefined;
}

interface Prepared extends Coded {
    readonly uploads: readonly Upload[];
}

interface Sealed {
    readonly request: unknown;
    readonly envelope: Uint8Array;
    readonly commitment: Uint8Array;
}

export class Sending {
    readonly #draft: Draft;
    readonly #ground: Groundwork;
    readonly #site: Site;
    #prepared: Prepared | undefined;
    #sealed: Sealed | undefined;

    constructor(draft: Draft, ground: Groundwork) {
        this.#draft = draft;
        this.#ground = ground;
        this.#site = ground.site;
    }

    /** Whether *draft* is the same words and the very same files. */
    isOf(draft: Draft): boolean {
        const own = this.#draft;
        const sameFiles = own.files.length === draft.files.length && own.files.every((file, i) => file === draft.files[i]);
        const said = ({ topic, sections, about }: Draft): string => JSON.stringify([topic, sections, about]);
        return sameFiles && said(own) === said(draft);
    }

    /** Raise what `Site` and `fetchIntake` raise; the draft stays, and `run` may be called again. */
    async run(onProgress: (progress: Progress) => void): Promise<Receipt> {
        this.#site.onAgain = () => {
            onProgress({ stage: "again" });
        };
        this.#site.onWork = () => {
            onProgress({ stage: "work" });
        };
        try {
            return await this.#run(onProgress);
        } catch (error) {
            if (!(error instanceof RefusedError && error.status < 500 && error.status !== 429)) throw error;
            // What was prepared will never be accepted: nothing of it may be sent again.
            this.#forget();
            if (error.code !== "stale-keyring") throw error;
            // A new week began between two requests: seal once more, to its reviewers.
            return await this.#run(onProgress);
        }
    }

    #forget(): void {
        this.#ground.forgetIntake();
        this.#prepared = undefined;
        this.#sealed = undefined;
    }

    async #run(onProgress: (progress: Progress) => void): Promise<Receipt> {
        onProgress({ stage: "keys" });
        this.#prepared ??= await this.#prepare();
        const { intake, code } = this.#prepared;
        const attachments = await this.#upload(this.#prepared, onProgress);
        onProgress({ stage: "message" });
        this.#sealed ??= await this.#seal(this.#prepared, attachments);
        const { request, envelope, commitment } = this.#sealed;
        const answer = await this.#site.post("submissions", request, envelope);
        return { code, commitment, mergeBy: promisedDay(answer, intake, commitment) };
    }

    async #prepare(): Promise<Prepared> {
        const intake = await this.#ground.intake();
        this.#checkAgainst(intake);
        const coded = await this.#ground.take();
        const recipients = intake.keyring.recipients;
        return { ...coded, uploads: this.#draft.files.map(({ bytes }) => new Upload(this.#site, bytes, recipients)) };
    }

    #checkAgainst(intake: Intake): void {
        const { topic, sections, files } = this.#draft;
        const { attachments, attachmentBytes } = intake.limits;
        if (files.length > attachments || files.some(({ bytes }) => bytes.length > attachmentBytes)) {
            throw new RefusedError(413, "too-large");
        }
        if (topic !== ANY_SUBJECT && !intake.topics.includes(topic)) throw new ClosedTopicError("closed");
        checkTextSize(sections.map(({ text }) => text).join(""), intake);
    }

    async #upload({ uploads }: Prepared, onProgress: (progress: Progress) => void): Promise<UploadedFile[]> {
        const uploaded: UploadedFile[] = [];
        for (const [index, upload] of uploads.entries()) {
            const { id, digest } = await upload.run((fraction) => {
                onProgress({ stage: "file", index: index + 1, count: uploads.length, fraction });
            });
            const file = this.#draft.files[index];
            if (file === undefined) throw new RangeError("one upload for each file");
            const { name, media, bytes } = file;
            uploaded.push({ id, attachment: { digest, size: bytes.length, name, media, cleaned: true } });
        }
        return uploaded;
    }

    async #seal({ intake, half, blank }: Prepared, uploaded: readonly UploadedFile[]): Promise<Sealed> {
        const { topic, lang, sections, about } = this.#draft;
        const handing = await sealHanding(
            half,
            { topic, lang, sections, about, sealedBy: "browser" },
            uploaded.map(({ attachment }) => attachment),
            intake.keyring,
            blank,
        );
        const attachments = uploaded.map(({ id, attachment }) => ({ upload: id, digest: toBase64(attachment.digest) }));
        const request = { ...encodeHanding(handing), attachments };
        return { request, envelope: handing.envelope, commitment: commitmentOf(handing) };
    }
}

interface UploadedFile {
    readonly id: string;
    readonly attachment: Attachment;
}

/** The message has arrived either way: a false promise is told, not thrown. */
function promisedDay(answer: Answer, intake: Intake, commitment: Uint8Array): string | undefined {
    try {
        const promise = LogPromise.open(answer.text("promise"), intake.promiseKey);
        const holds = promise.origin === intake.origin && equal(promise.commitment, commitment);
        return holds ? promise.mergeBy : undefined;
    } catch (error) {
        if (error instanceof CryptoError) return undefined;
        throw error;
    }
}
