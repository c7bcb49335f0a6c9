// The TypeScript twin as a program: one JSON document on standard input, one on standard output.
// tests/conformance/test_cross_language.py talks to it.
import path from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";

import esbuild from "esbuild";

import { rawText } from "../../scripts/build-client.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const modules = ["age", "bytes", "commitment", "envelope", "keyring", "keys", "note", "receipt"];

async function load() {
    const built = await esbuild.build({
        stdin: {
            contents: modules.map((name) => `export * as ${name} from "./crypto/browser/${name}.ts";`).join("\n"),
            resolveDir: root,
        },
        bundle: true,
        write: false,
        format: "esm",
        plugins: [rawText],
    });
    return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}

const { age, bytes, commitment, envelope, keyring, keys, note, receipt } = await load();
const { toBase64, parseBase64 } = bytes;
const hash = (data) => toBase64(bytes.sha256Of(data));

/** What a browser sends for this code and these words. */
async function seal({ roots, note: keyringNote, origin, today, digits, sections, about, file, followUp }) {
    const trusted = keyring.Roots.parse(roots);
    const ring = keyring.openKeyring(keyringNote, trusted, { origin, today });
    const own = new keys.CitizenKeys(await keys.deriveRoot(receipt.ReceiptCode.parse(digits), trusted.hash));
    const stream = await envelope.sealAttachment(parseBase64(file), ring.recipients);
    const attachment = new Uint8Array(await new Response(stream).arrayBuffer());
    const described = { digest: bytes.sha256Of(attachment), size: parseBase64(file).length };
    const submission = await envelope.sealSubmission(
        {
            topic: "bus-stops",
            lang: "ar",
            thread: own.thread.key,
            replyTo: own.replyIdentity.recipient,
            keyring: ring.serial,
            sealedBy: "browser",
            sections,
            about,
            attachments: [{ ...described, name: "file-1.jpg", media: "image/jpeg", cleaned: true }],
        },
        await envelope.blankFor(ring),
    );
    const content = commitment.contentCommit(own.contentSalt, bytes.sha256Of(submission));
    return {
        submission: toBase64(submission),
        attachment: toBase64(attachment),
        followUp: toBase64(await envelope.sealFollowUp(own.thread, { index: 1, text: followUp, isRating: false }, ring)),
        name: toBase64(own.thread.name("citizen", 0)),
        commitment: toBase64(commitment.acceptCommitment(own.logSalt, content, commitment.rollCommit(own.rollSeed))),
    };
}

/** What a browser makes of files that Python sealed. */
async function open({ identity, root, devices, origin, submission, followUp, reply, attachment, size }) {
    const reviewer = age.Identity.parse(identity);
    const own = new keys.CitizenKeys(parseBase64(root));
    const opened = await envelope.openSubmission(parseBase64(submission), [reviewer]);
    const context = { origin, slot: own.thread.slot("citizen", 0) };
    const known = devices.map((device) => note.VerifierKey.parse(device));
    const answer = await envelope.openReply(parseBase64(reply), own.replyIdentity, known, context);
    return {
        sections: opened.sections,
        followUp: await envelope.openFollowUp(parseBase64(followUp), [reviewer], own.thread),
        reply: { text: answer.text, signedBy: answer.signedBy },
        attachment: hash(await envelope.openAttachment(parseBase64(attachment), [reviewer], size)),
    };
}

const request = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify({ seal: await seal(request.seal), open: await open(request.open) }));
