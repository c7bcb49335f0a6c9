/** A sealed submission on its way: what the site gets, and batches of them (SPEC.md §5, §22). */

import type { Blank } from "./age.ts";
import { toBase64 } from "./bytes.ts";
import { acceptCommitment, contentCommit, rollCommit } from "./commitment.ts";
import type { Counterfoil } from "./counterfoil.ts";
import { type About, type Attachment, blankFor, type Lang, type SealedBy, sealSubmission, type Section } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import { hashOf } from "./keys.ts";
import { encodeManifest, type Json } from "./padding.ts";

const BATCH_TYPE = "wasl/batch/v1";

/** What somebody says about a topic, and how it was taken down. */
export interface Words {
    readonly topic: string;
    readonly lang: Lang;
    readonly sections: readonly Section[];
    readonly about: About;
    readonly sealedBy: SealedBy;
}

/** Only ciphertext and names: as the site gets it. `until` is the first day on which it no longer does. */
export interface Handing {
    readonly name: Uint8Array;
    readonly authHash: Uint8Array;
    readonly logSalt: Uint8Array;
    readonly contentCommit: Uint8Array;
    readonly rollSeed: Uint8Array;
    readonly keyring: number;
    readonly until: string;
    readonly envelope: Uint8Array;
}

/** Seal so that the code of *half* opens the case, in a *blank* for the keyring. Raise `TooLargeError`. */
export async function sealHanding(
    half: Counterfoil,
    { topic, lang, sections, about, sealedBy }: Words,
    attachments: readonly Attachment[],
    keyring: Keyring,
    blank?: Blank,
): Promise<Handing> {
    const { thread, replyTo, logSalt, contentSalt, rollSeed } = half;
    const envelope = await sealSubmission(
        { topic, lang, thread: thread.key, replyTo, keyring: keyring.serial, sealedBy, sections, attachments, about },
        blank ?? (await blankFor(keyring)),
    );
    return {
        name: thread.name("citizen", 0),
        authHash: thread.authHash("citizen", 0),
        logSalt,
        contentCommit: contentCommit(contentSalt, await hashOf(envelope)),
        rollSeed,
        keyring: keyring.serial,
        until: keyring.notAfter,
        envelope,
    };
}

/** What the site must promise. */
export function commitmentOf({ logSalt, contentCommit, rollSeed }: Handing): Uint8Array {
    return acceptCommitment(logSalt, contentCommit, rollCommit(rollSeed));
}

/** The fields that a request and an item of a batch share. */
export function encodeHanding({ name, authHash, logSalt, contentCommit, rollSeed, keyring }: Handing): Record<string, Json> {
    return {
        name: toBase64(name),
        auth_hash: toBase64(authHash),
        log_salt: toBase64(logSalt),
        content_commit: toBase64(contentCommit),
        roll_seed: toBase64(rollSeed),
        keyring,
    };
}

/** An item of a batch, with the age files of its attachments. */
export function encodeItem(handing: Handing, files: readonly Uint8Array[]): Record<string, Json> {
    const attachments = files.map((file) => ({ file: toBase64(file) }));
    const envelope = toBase64(handing.envelope);
    return { ...encodeHanding(handing), envelope, until: handing.until, attachments };
}

/** The file for `wasl send --batch`. The items stand in the order of their names, which are random. */
export function encodeBatch(origin: string, items: readonly { name: Uint8Array; item: Json }[]): Uint8Array {
    const ordered = [...items].sort((a, b) => compare(a.name, b.name));
    return encodeManifest({ type: BATCH_TYPE, origin, items: ordered.map(({ item }) => item) });
}

function compare(a: Uint8Array, b: Uint8Array): number {
    const at = a.findIndex((byte, i) => byte !== b[i]);
    return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
