/** The vectors that `python -m crypto.vectors` writes: both languages accept and refuse the same. */

import { describe, expect, test } from "vitest";

import commitments from "../vectors/commitment.json";
import envelopes from "../vectors/envelope.json";
import field from "../vectors/field.json";
import keyrings from "../vectors/keyring.json";
import keys from "../vectors/keys.json";
import notes from "../vectors/notes.json";
import padding from "../vectors/padding.json";
import payloads from "../vectors/payload.json";
import receipts from "../vectors/receipt.json";
import { decrypt, Identity, padRecipients, readHeader, Recipient, sealedSize } from "./age.ts";
import { concat, parseBase64, parseUtf8, sha256Of, toBase64, utf8 } from "./bytes.ts";
import { acceptCommitment, contentCommit, LogPromise, rollCommit } from "./commitment.ts";
import { Counterfoil } from "./counterfoil.ts";
import {
    encodeReply,
    encodeSubmission,
    openAttachment,
    openFollowUp,
    openReply,
    openSubmission,
    parseReply,
    readSubmission,
} from "./envelope.ts";
import { ReceiptCodeError, TooLargeError } from "./errors.ts";
import { encodeBatch, encodeItem, type Handing } from "./handing.ts";
import { Keyring, openKeyring, Roots } from "./keyring.ts";
import { CitizenKeys, deriveRoot, type Lane } from "./keys.ts";
import { openNote, sign, SigningKey, VerifierKey } from "./note.ts";
import { MESSAGE_CLASSES, paddedSize, padPayload, REPLY_CLASS, unpadPayload } from "./padding.ts";
import { normalise, ReceiptCode, skeleton, sound } from "./receipt.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/** The error's name, or that of what it is a kind of, as the vectors spell it. */
async function failure(task: () => unknown): Promise<string> {
    try {
        await task();
    } catch (error) {
        return error instanceof Error ? error.name : "no error";
    }
    return "accepted";
}

/** `PRIVATE+KEY+name+id+base64`, as Go's note spells a signing key. */
function signingKey(text: string): SigningKey {
    const [, name = "", encoded = ""] = /^PRIVATE\+KEY\+([^+]+)\+[0-9a-f]{8}\+(.*)$/.exec(text) ?? [];
    return new SigningKey(name, parseBase64(encoded).subarray(1));
}

function sizeClasses(name: string): readonly number[] {
    return name === "message" ? MESSAGE_CLASSES : [REPLY_CLASS];
}

describe("receipt codes", () => {
    test.each(receipts.codes)("$secret has its two spellings", ({ secret, words, digits }) => {
        const code = new ReceiptCode(unhex(secret));
        expect([code.words, code.digits]).toEqual([words, digits]);
    });
    test.each(receipts.accepted)("read: $case", ({ text, secret }) => {
        expect(hex(ReceiptCode.parse(text).secret)).toBe(secret);
    });
    test.each(receipts.refused)("refused: $case", ({ text, kind, count, position, word, nearest }) => {
        let refusal: unknown;
        try {
            ReceiptCode.parse(text);
        } catch (error) {
            refusal = error;
        }
        expect(refusal).toBeInstanceOf(ReceiptCodeError);
        expect(refusal).toMatchObject({ kind, count, position, word, nearest });
    });
    test.each(receipts.normalised)("$text is read as $normalised", ({ text, normalised }) => {
        expect(normalise(text)).toBe(normalised);
    });
    test.each(receipts.alike)("$word has its skeleton and its sound", (alike) => {
        expect([skeleton(alike.word), sound(alike.word)]).toEqual([alike.skeleton, alike.sound]);
    });
});

describe("keys", () => {
    test.each(keys.citizens)("everything follows from the secret $secret", async (citizen) => {
        const { iterations } = keys;
        const root = await deriveRoot(new ReceiptCode(unhex(citizen.secret)), unhex(citizen.roots_hash), { iterations });
        const own = new CitizenKeys(root);

        expect(hex(root)).toBe(citizen.root);
        expect(hex(own.thread.key)).toBe(citizen.thread);
        expect(own.replyIdentity.encode()).toBe(citizen.reply_identity);
        expect(own.replyIdentity.recipient.encode()).toBe(citizen.reply_recipient);
        expect(hex(own.logSalt)).toBe(citizen.log_salt);
        expect(hex(own.rollSeed)).toBe(citizen.roll_seed);
        expect(hex(own.contentSalt)).toBe(citizen.content_salt);
        expect(hex(own.retryKey)).toBe(citizen.retry_key);
        for (const { lane, index, ...values } of citizen.names) {
            const [who, { thread }] = [lane as Lane, own];
            expect({
                name: hex(thread.name(who, index)),
                auth: hex(thread.auth(who, index)),
                slot: hex(thread.slot(who, index)),
                auth_hash: hex(thread.authHash(who, index)),
            }).toEqual(values);
        }
        for (const { index, text, mac } of citizen.macs) expect(hex(own.thread.mac(index, utf8(text)))).toBe(mac);
    });
    test("a page without WebCrypto derives the same root", async () => {
        const [citizen] = keys.citizens;
        const code = new ReceiptCode(unhex(citizen?.secret ?? ""));
        const root = await deriveRoot(code, unhex(citizen?.roots_hash ?? ""), { subtle: null });
        expect(hex(root)).toBe(citizen?.root);
    });
    test.each(keys.identities)("identity of the seed $seed", ({ seed, identity, recipient }) => {
        expect(Identity.fromSeed(unhex(seed)).encode()).toBe(identity);
        expect(Identity.parse(identity).recipient.encode()).toBe(recipient);
        expect(Recipient.parse(recipient).encode()).toBe(recipient);
    });
    test.each(keys.refused_recipients)("no recipient: $case", async ({ text, error }) => {
        expect(await failure(() => Recipient.parse(text))).toBe(error);
    });
    test.each(keys.refused_identities)("no identity: $case", async ({ text, error }) => {
        expect(await failure(() => Identity.parse(text))).toBe(error);
    });
});

describe("what field partners carry", () => {
    test.each(field.counterfoils)("the counterfoil of $root", ({ root, roots_hash, text }) => {
        const half = Counterfoil.of(new CitizenKeys(unhex(root)), unhex(roots_hash));
        expect(half.encode()).toBe(text);
        expect(Counterfoil.parse(` ${text}\r\n`)).toEqual(half);
        expect(half.belongsTo(unhex(roots_hash))).toBe(true);
        expect(half.belongsTo(utf8("another instance"))).toBe(false);
    });
    test.each(field.refused_counterfoils)("no counterfoil: $case", async ({ text, error }) => {
        expect(await failure(() => Counterfoil.parse(text))).toBe(error);
    });
    test.each(field.batches)("a batch, whatever the order of its items: $case", ({ origin, handings, encoded }) => {
        const items = handings.map(({ name, auth_hash, log_salt, content_commit, roll_seed, envelope, files, ...rest }) => {
            const bytes = { name, authHash: auth_hash, logSalt: log_salt, contentCommit: content_commit, rollSeed: roll_seed, envelope };
            const parsed = Object.fromEntries(Object.entries(bytes).map(([key, value]) => [key, parseBase64(value)]));
            const handing = { ...parsed, ...rest } as unknown as Handing;
            return { name: handing.name, item: encodeItem(handing, files.map((file) => parseBase64(file))) };
        });
        expect(new TextDecoder().decode(encodeBatch(origin, items))).toBe(encoded);
        expect(new TextDecoder().decode(encodeBatch(origin, items.reverse()))).toBe(encoded);
    });
});

describe("padding", () => {
    test.each(padding.attachments)("an attachment of $size bytes takes $padded", ({ size, padded }) => {
        expect(paddedSize(size)).toBe(padded);
    });
    test.each(padding.sealed)("$payload bytes in $stanzas stanzas take $sealed", ({ payload, stanzas, sealed }) => {
        expect(sealedSize(payload, stanzas)).toBe(sealed);
    });
    test.each(padding.stanzas)("$recipients recipients stand among $stanzas", ({ recipients, stanzas }) => {
        const own = Identity.fromSeed(new Uint8Array(32)).recipient;
        expect(padRecipients(Array.from({ length: recipients }, () => own))).toHaveLength(stanzas);
    });
    test.each(payloads.padded)("a payload of $size bytes", ({ classes, manifest, text, text_times, size, digest }) => {
        const whole = concat(...Array.from({ length: text_times }, () => parseBase64(text)));
        const padded = padPayload(parseBase64(manifest), whole, sizeClasses(classes));

        expect([padded.length, toBase64(sha256Of(padded))]).toEqual([size, digest]);
        expect(unpadPayload(padded, sizeClasses(classes))).toEqual({ manifest: parseBase64(manifest), text: whole });
    });
    test.each(payloads.refused_padding)("no payload: $case", async ({ classes, head, size, tail, error }) => {
        const [start, end] = [parseBase64(head), parseBase64(tail)];
        const payload = concat(start, new Uint8Array(Math.max(0, size - start.length - end.length)), end);
        expect(await failure(() => unpadPayload(payload, sizeClasses(classes)))).toBe(error);
    });
    test.each(payloads.too_large)("$text_bytes bytes do not fit", ({ classes, manifest_bytes, text_bytes, over }) => {
        const pad = (): Uint8Array =>
            padPayload(new Uint8Array(manifest_bytes), new Uint8Array(text_bytes), sizeClasses(classes));
        expect(pad).toThrow(new TooLargeError(over));
    });
});

describe("submissions", () => {
    test.each(payloads.submissions)("a manifest has one spelling", ({ manifest, text }) => {
        const submission = readSubmission({ manifest: utf8(manifest), text: utf8(text) });
        const again = encodeSubmission(submission);
        expect([parseUtf8(again.manifest), parseUtf8(again.text)]).toEqual([manifest, text]);
    });
    test.each(payloads.refused_submissions)("refused: $case", async ({ manifest, text, error }) => {
        const payload = { manifest: parseBase64(manifest), text: parseBase64(text) };
        expect(await failure(() => readSubmission(payload))).toBe(error);
    });
});

describe("notes", () => {
    test.each(notes.keys)("the key of $name", ({ name, seed, verifier_key }) => {
        const { verifier } = new SigningKey(name, unhex(seed));
        expect(verifier.encode()).toBe(verifier_key);
        expect(VerifierKey.parse(verifier_key)).toEqual(verifier);
    });
    test.each(notes.refused_keys)("no key: $case", async ({ text, error }) => {
        expect(await failure(() => VerifierKey.parse(text))).toBe(error);
    });
    test.each(notes.signed)("signing is deterministic", ({ text, keys: signers, note }) => {
        expect(sign(text, ...signers.map(signingKey))).toBe(note);
    });
    test.each(notes.opened)("opened: $case", ({ note, known, verified }) => {
        const opened = openNote(note, known.map((key) => VerifierKey.parse(key)));
        expect(opened.verified.map(({ name }) => name)).toEqual(verified);
    });
    test.each(notes.refused)("refused: $case", async ({ note, known, error }) => {
        const keysKnown = known.map((key) => VerifierKey.parse(key));
        expect(await failure(() => openNote(parseBase64(note), keysKnown))).toBe(error);
    });
    test.each(notes.refused_texts)("no text for a note: $text", async ({ text, error }) => {
        const key = SigningKey.generate("example.org/key");
        expect(await failure(() => sign(text, key))).toBe(error);
    });
});

describe("keyrings", () => {
    const roots = Roots.parse(keyrings.roots);

    test("roots have one spelling and a hash", () => {
        expect([roots.encode(), hex(roots.hash)]).toEqual([keyrings.roots, keyrings.roots_hash]);
    });
    test.each(keyrings.refused_roots)("no roots: $case", async ({ text, error }) => {
        expect(await failure(() => Roots.parse(text))).toBe(error);
    });
    test.each(keyrings.accepted)("good for: $case", (good) => {
        const { note, text, today } = good;
        const keyring = openKeyring(note, roots, { origin: keyrings.origin, today, atLeastSerial: good.at_least_serial });

        expect(keyring.encode()).toBe(text);
        expect(hex(keyring.digest)).toBe(good.digest);
        expect(Keyring.parse(text)).toEqual(keyring);
        expect([keyring.serial, keyring.week]).toEqual([good.serial, good.week]);
        expect([keyring.notBefore, keyring.notAfter]).toEqual([good.not_before, good.not_after]);
        const ids = keyring.orgs.flatMap((org) => org.reviewers.map(({ id }) => id));
        expect(ids).toEqual(good.reviewers);
        const onProbation = keyring.orgs.flatMap(({ slug, probation }) => (probation === undefined ? [] : [[slug, probation]]));
        expect(Object.fromEntries(onProbation)).toEqual(good.probation);
    });
    test.each(keyrings.refused)("refused: $case", async ({ note, origin, today, at_least_serial, error }) => {
        const context = { origin, today, atLeastSerial: at_least_serial };
        expect(await failure(() => openKeyring(note, roots, context))).toBe(error);
    });
});

describe("envelopes that Python sealed", () => {
    const { files, origin } = envelopes;
    const reviewer = Identity.parse(envelopes.reviewer_identity);
    const citizen = new CitizenKeys(unhex(envelopes.citizen_root));
    const keyring = Keyring.parse(openNote(envelopes.keyring, Roots.parse(keyrings.roots).keys).text);
    const slot = unhex(envelopes.reply.slot);

    test("a plain file opens", async () => {
        const opened = await decrypt(parseBase64(files.plain), [Identity.parse(envelopes.plain.identity)]);
        expect(parseUtf8(opened)).toBe(envelopes.plain.text);
    });
    test("a submission opens", async () => {
        const file = parseBase64(files.submission);
        const { manifest, text } = encodeSubmission(await openSubmission(file, [reviewer]));

        expect(parseUtf8(manifest)).toBe(envelopes.submission.manifest);
        expect(parseUtf8(text)).toBe(envelopes.submission.text);
        expect(readHeader(file).stanzas).toBe(envelopes.submission.stanzas);
    });
    test("a follow-up opens at its own place only", async () => {
        const file = parseBase64(files.follow_up);
        const opened = await openFollowUp(file, [reviewer], citizen.thread, { index: 1 });
        expect(opened).toEqual({ ...envelopes.follow_up, isRating: false });
        const rating = await openFollowUp(parseBase64(files.rating), [reviewer], citizen.thread, { index: 2 });
        expect(rating).toEqual({ ...envelopes.rating, isRating: true });
        expect(await failure(() => openFollowUp(file, [reviewer], citizen.thread, { index: 2 }))).toBe("TamperedMessageError");
    });
    test("a reply opens for its case only", async () => {
        const file = parseBase64(files.reply);
        const reply = await openReply(file, citizen.replyIdentity, keyring.devices, { origin, slot });
        const elsewhere = { origin, slot: slot.map((byte) => byte ^ 1) };

        expect(encodeReply(reply)).toBe(envelopes.reply.note_text);
        expect(reply).toMatchObject({ text: envelopes.reply.text, signedBy: envelopes.reply.signed_by });
        expect(await failure(() => openReply(file, citizen.replyIdentity, [], { origin, slot }))).toBe("UnverifiedError");
        expect(await failure(() => openReply(file, citizen.replyIdentity, keyring.devices, elsewhere))).toBe("UnverifiedError");
    });
    test.each(envelopes.refused_replies)("no reply: $case", async ({ text, error }) => {
        expect(await failure(() => parseReply(text))).toBe(error);
    });
    test("an attachment opens, and only with its true size", async () => {
        const [file, reader] = [parseBase64(files.attachment), Identity.parse(envelopes.plain.identity)];
        expect(toBase64(sha256Of(file))).toBe(envelopes.attachment.digest);
        expect(toBase64(await openAttachment(file, [reader], envelopes.attachment.size))).toBe(envelopes.attachment.content);
        for (const { size, error } of envelopes.refused_attachment_sizes) {
            expect(await failure(() => openAttachment(file, [reader], size))).toBe(error);
        }
    });
    test.each(envelopes.tampered)("altered: $case", async ({ at, xor, error }) => {
        const whole = parseBase64(files.plain);
        // No mask means cut there, no place means one byte more.
        const cut = xor === null ? whole.subarray(0, at) : whole;
        const longer = at === null ? concat(whole, Uint8Array.of(0)) : cut;
        const file = longer.map((byte, i) => (i === at ? byte ^ (xor ?? 0) : byte));
        expect(await failure(() => decrypt(file, [Identity.parse(envelopes.plain.identity)]))).toBe(error);
    });
});

describe("commitments and promises", () => {
    const { values, promise } = commitments;

    test("what the log holds follows from the salts", () => {
        const content = contentCommit(unhex(values.content_salt), unhex(values.age_digest));
        const roll = rollCommit(unhex(values.roll_seed));

        expect([hex(content), hex(roll)]).toEqual([values.content_commit, values.roll_commit]);
        expect(hex(acceptCommitment(unhex(values.log_salt), content, roll))).toBe(values.submission);
        expect(hex(acceptCommitment(unhex(values.log_salt), content, roll, 0))).toBe(values.cover);
    });
    test("a promise holds", () => {
        const opened = LogPromise.open(promise.note, VerifierKey.parse(promise.key));
        expect(opened).toEqual(new LogPromise(promise.origin, unhex(promise.commitment), promise.merge_by));
    });
    test.each(commitments.refused_promises)("no promise: $case", async ({ note, key, error }) => {
        expect(await failure(() => LogPromise.open(note, VerifierKey.parse(key)))).toBe(error);
    });
});
