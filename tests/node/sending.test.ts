import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";
import { expect, test, vi } from "vitest";

import { toBase64 } from "../../crypto/browser/bytes.ts";
import { blankFor, openAttachment, openSubmission, type Submission } from "../../crypto/browser/envelope.ts";
import { CitizenKeys, deriveRoot } from "../../crypto/browser/keys.ts";
import { Following } from "../../app/pages/following.ts";
import { Groundwork } from "../../app/pages/groundwork.ts";
import { RefusedError, UnreachableError } from "../../app/pages/http.ts";
import { ClosedTopicError } from "../../app/pages/intake.ts";
import { type Draft, type Progress, type Receipt, Sending } from "../../app/pages/sending.ts";
import { StaleKeyringError, TooLargeError, UnverifiedError } from "../../crypto/browser/errors.ts";
import type { ReceiptCode } from "../../crypto/browser/receipt.ts";
import { FakeSite, TODAY } from "./fake-site.ts";

const options = { today: () => TODAY, iterations: 1 };
const photo = new Uint8Array(2_500_000).map((_, i) => i % 251);
const draft: Draft = {
    topic: "bus-stops",
    lang: "ar",
    sections: [
        { name: "problem", text: "لا يصل الماء" },
        { name: "proposal", text: "خزان واحد" },
    ],
    about: { age: "30-59" },
    files: [],
};
const withPhoto: Draft = { ...draft, files: [{ name: "file-1.jpg", media: "image/jpeg", bytes: photo }] };

function send(site: FakeSite, what: Draft = draft): Promise<Receipt> {
    return new Sending(what, new Groundwork(site.client, options)).run(() => undefined);
}

async function keysOf(site: FakeSite, code: ReceiptCode): Promise<CitizenKeys> {
    return new CitizenKeys(await deriveRoot(code, site.roots.hash, { iterations: 1 }));
}

async function arrived(site: FakeSite, code: ReceiptCode): Promise<Submission> {
    const { thread } = await keysOf(site, code);
    const message = site.stored.get(toBase64(thread.name("citizen", 0)));
    if (message === undefined) throw new Error("nothing arrived under this code");
    return openSubmission(message.envelope, [site.reviewer]);
}

test("what was written arrives for the reviewer, and the promise holds", async () => {
    const site = new FakeSite();
    const receipt = await send(site);
    const submission = await arrived(site, receipt.code);

    expect(submission.sections).toEqual(draft.sections);
    expect(submission.about).toEqual({ age: "30-59" });
    expect(submission).toMatchObject({ topic: "bus-stops", lang: "ar", sealedBy: "browser", attachments: [] });
    expect(receipt.mergeBy).toBe("2026-11-27");
    expect(site.paths()).toEqual(["GET intake", "POST submissions"]);
});

test("what was laid while people wrote leaves one request for the last press", async () => {
    const site = new FakeSite();
    const ground = new Groundwork(site.client, options);
    const derived = vi.spyOn(crypto.subtle, "deriveBits");
    await ground.intake();
    ground.prepareCode();
    const laid = site.paths();
    const { code } = await new Sending(draft, ground).run(() => undefined);

    expect(laid).toEqual(["GET intake"]);
    expect(site.paths()).toEqual(["GET intake", "POST submissions"]);
    expect(derived).toHaveBeenCalledOnce();
    derived.mockRestore();
    expect((await arrived(site, code)).sections).toEqual(draft.sections);
});

test("the last press seals without a key being made for it", async () => {
    const site = new FakeSite();
    const ground = new Groundwork(site.client, options);
    await ground.intake();
    ground.prepareCode();
    const { blank } = await ground.take();
    const made = vi.spyOn(MLKEM768X25519, "encapsulate");
    await blank.seal(new Uint8Array(64));

    expect(made).not.toHaveBeenCalled();
    await blankFor(site.keyring);
    expect(made).toHaveBeenCalledTimes(8);
    made.mockRestore();
});

test("an envelope for reviewers of another week is not used", async () => {
    const site = new FakeSite();
    const ground = new Groundwork(site.client, options);
    await ground.intake();
    ground.prepareCode();
    site.renewKeyring();
    ground.forgetIntake();
    const [before, { intake }] = [await ground.intake(), await ground.take()];

    expect(intake).toBe(before);
    expect(intake.keyring.serial).toBe(2);
});

test("no request tells when somebody reviews, also on the next day", async () => {
    const site = new FakeSite();
    let today = TODAY;
    const ground = new Groundwork(site.client, { ...options, today: () => today });
    ground.prepareCode();
    expect(site.paths()).toEqual([]);

    await ground.intake();
    today = "2026-11-26";
    ground.prepareCode();
    expect(site.paths()).toEqual(["GET intake"]);
    await new Sending(draft, ground).run(() => undefined);
    expect(site.paths()).toEqual(["GET intake", "GET intake", "POST submissions"]);
});

test("two messages from one page have two codes", async () => {
    const site = new FakeSite();
    const ground = new Groundwork(site.client, options);
    await ground.intake();
    ground.prepareCode();
    const codes: ReceiptCode[] = [];
    for (const what of [draft, { ...draft, lang: "en" } as const]) {
        codes.push((await new Sending(what, ground).run(() => undefined)).code);
    }

    const langs = await Promise.all(codes.map(async (code) => (await arrived(site, code)).lang));
    expect(langs).toEqual(["ar", "en"]);
});

test("a code made for other roots opens nothing, so another is made", async () => {
    const site = new FakeSite();
    const ground = new Groundwork(site.client, options);
    await ground.intake();
    ground.prepareCode();
    site.renewRoots();
    ground.forgetIntake();
    const { code } = await new Sending(draft, ground).run(() => undefined);

    expect((await arrived(site, code)).sections).toEqual(draft.sections);
});

test("a site that could not be reached while people wrote is asked again at the last press", async () => {
    const site = new FakeSite();
    site.weather = () => "lost";
    const ground = new Groundwork(site.client, options);
    const asked = ground.intake();
    ground.prepareCode();
    await expect(asked).rejects.toThrow(UnreachableError);

    site.weather = () => undefined;
    const { code } = await new Sending(draft, ground).run(() => undefined);
    expect((await arrived(site, code)).sections).toEqual(draft.sections);
});

test("nothing readable leaves the device, and no code", async () => {
    const site = new FakeSite();
    const { code } = await send(site, withPhoto);
    const sent = site.requests.map(({ path, body }) => path + Buffer.from(body).toString("latin1")).join();

    expect(sent).not.toContain(toBase64(code.secret).slice(0, 12));
    expect(sent).not.toContain(Buffer.from("لا يصل").toString("latin1"));
    expect(sent).not.toContain("file-1.jpg");
    expect(sent).not.toContain("bus-stops");
});

test("an attachment is uploaded in parts while it is sealed, padded to a power of two", async () => {
    const site = new FakeSite();
    const heard: Progress[] = [];
    const { code } = await new Sending(withPhoto, new Groundwork(site.client, options)).run((progress) => heard.push(progress));
    const [attachment] = (await arrived(site, code)).attachments;
    const file = site.file(attachment?.digest ?? new Uint8Array());

    expect(site.paths().filter((path) => path.startsWith("PUT"))).toHaveLength(5);
    expect(file?.length).toBe(4_194_304 + 12_558 + 63 * 16);
    const opened = await openAttachment(file ?? new Uint8Array(), [site.reviewer], photo.length);
    expect(Buffer.compare(opened, photo)).toBe(0);
    expect(heard.map(({ stage }) => stage)).toEqual(["keys", "file", "file", "file", "file", "file", "message"]);
});

test("a lost part is sent again after ever longer pauses, and only it", async () => {
    const site = new FakeSite();
    let failures = 3;
    site.weather = ({ method, path }) => (method === "PUT" && path.endsWith("/2") && failures-- > 0 ? "lost" : undefined);
    const { code } = await send(site, withPhoto);

    expect(site.pauses).toEqual([1000, 2000, 4000]);
    expect(site.paths().filter((path) => path.startsWith("PUT"))).toHaveLength(8);
    expect((await arrived(site, code)).attachments).toHaveLength(1);
});

test("a part whose answer got lost is not sent twice", async () => {
    const site = new FakeSite();
    let failures = 1;
    site.weather = ({ method, path }) => (method === "PUT" && path.endsWith("/1") && failures-- > 0 ? "answer-lost" : undefined);
    await send(site, withPhoto);

    expect(site.paths().filter((path) => path.startsWith("PUT") && path.endsWith("/1"))).toHaveLength(1);
    expect(site.paths().filter((path) => path.startsWith("GET uploads/"))).toHaveLength(1);
});

test("after a dropped connection sending goes on with the part that failed", async () => {
    const site = new FakeSite();
    site.weather = ({ method, path }) => (method !== "POST" && path.startsWith("uploads/") && !path.endsWith("/0") ? "lost" : undefined);
    const sending = new Sending(withPhoto, new Groundwork(site.client, options));
    await expect(sending.run(() => undefined)).rejects.toThrow(UnreachableError);

    site.weather = () => undefined;
    const before = site.requests.length;
    const { code } = await sending.run(() => undefined);
    expect(site.requests.slice(before).map(({ method, path }) => `${method} ${path.split("/")[2] ?? path}`)).toEqual([
        "PUT 1",
        "PUT 2",
        "PUT 3",
        "PUT 4",
        "POST submissions",
    ]);
    expect((await arrived(site, code)).attachments).toHaveLength(1);
});

test("to the site a rating looks like any message to the team", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    const following = await Following.begin(code, site.client, options);
    const sizes: number[] = [];
    site.weather = ({ path, body }) => {
        if (path === "messages") sizes.push(body.length);
        return undefined;
    };
    await following.write("yes");
    await following.rate("yes");
    await following.rate("no");

    expect(site.stored.size).toBe(4);
    expect(sizes).toHaveLength(3);
    expect(new Set(sizes).size).toBe(1);
});

test("a message whose answer got lost is sent again as the same bytes and stored once", async () => {
    const site = new FakeSite();
    site.weather = ({ path }) => (path === "submissions" ? "answer-lost" : undefined);
    const sending = new Sending(draft, new Groundwork(site.client, options));
    await expect(sending.run(() => undefined)).rejects.toThrow(UnreachableError);

    site.weather = () => undefined;
    const { mergeBy } = await sending.run(() => undefined);
    const bodies = new Set(site.requests.filter(({ path }) => path === "submissions").map(({ body }) => toBase64(body)));
    expect([bodies.size, site.stored.size, mergeBy]).toEqual([1, 1, "2026-11-27"]);
});

test("a busy site is asked again, a refusing one is not", async () => {
    const busy = new FakeSite();
    let refusals = 2;
    busy.weather = ({ path }) => (path === "submissions" && refusals-- > 0 ? 429 : undefined);
    await send(busy);
    expect(busy.pauses).toEqual([1000, 2000]);

    const refusing = new FakeSite();
    refusing.weather = ({ path }) => (path === "submissions" ? 422 : undefined);
    await expect(send(refusing)).rejects.toThrow(RefusedError);
    expect(refusing.pauses).toEqual([]);
});

test("a site that can only be read says so at once, and the same bytes go out when it is open again", async () => {
    const site = new FakeSite();
    site.weather = ({ path }) => (path === "submissions" ? [503, "locked-down"] : undefined);
    const sending = new Sending(draft, new Groundwork(site.client, options));
    await expect(sending.run(() => undefined)).rejects.toMatchObject({ status: 503, code: "locked-down" });
    expect(site.pauses).toEqual([]);

    site.weather = () => undefined;
    const { code } = await sending.run(() => undefined);
    expect((await arrived(site, code)).sections).toEqual(draft.sections);
    const bodies = new Set(site.requests.filter(({ path }) => path === "submissions").map(({ body }) => toBase64(body)));
    expect(bodies.size).toBe(1);
});

test("a keyring that changes between two requests costs one more sealing", async () => {
    const site = new FakeSite();
    site.weather = ({ path }) => {
        if (path === "submissions" && site.keyring.serial === 1) site.renewKeyring();
        return undefined;
    };
    const { code } = await send(site);
    expect((await arrived(site, code)).keyring).toBe(2);
});

test("nothing is sealed to a keyring that is not good", async () => {
    const site = new FakeSite();
    const run = (settings: object): Promise<Receipt> => new Sending(draft, new Groundwork(site.client, { ...options, ...settings })).run(() => undefined);

    await expect(run({ today: () => "2026-12-07" })).rejects.toThrow(StaleKeyringError);
    await expect(run({ pinnedRoots: toBase64(new Uint8Array(32)) })).rejects.toThrow(UnverifiedError);
    await run({ pinnedRoots: toBase64(site.roots.hash) });
    expect(site.paths().filter((path) => path === "POST submissions")).toHaveLength(1);
});

test("a closed topic and a text that is too long are found before anything is sent", async () => {
    const site = new FakeSite();
    await expect(send(site, { ...draft, topic: "closed" })).rejects.toThrow(ClosedTopicError);
    await expect(send(site, { ...draft, sections: [{ name: "problem", text: "ا".repeat(100_001) }] })).rejects.toThrow(TooLargeError);
    await send(site, { ...draft, topic: "other" });
    expect(site.stored.size).toBe(1);
});

test("more or larger files than the site takes are found before anything is sent", async () => {
    const site = new FakeSite();
    const [file] = withPhoto.files;
    const eleven = { ...draft, files: Array.from({ length: 11 }, () => file).filter((each) => each !== undefined) };
    await expect(send(site, eleven)).rejects.toThrow("too-large");
    expect(site.paths()).toEqual(["GET intake"]);
});

test("a false promise is told, and the receipt is kept all the same", async () => {
    const site = new FakeSite();
    site.wrongPromise = true;
    const receipt = await send(site);
    expect(receipt.mergeBy).toBeUndefined();
    expect(await arrived(site, receipt.code)).toBeDefined();
});

test("replies are read window by window, in order, with the words of who signed", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    const keys = await keysOf(site, code);
    const slot = keys.thread.slot("citizen", 0);
    for (let index = 0; index < 6; index++) {
        const reply = { slot, index, status: "question", lang: "ar", text: `سؤال ${index}` } as const;
        await site.reply(reply, keys.thread.name("team", index), keys.replyIdentity.recipient);
    }
    site.status = "question";
    const following = await Following.begin(code, site.client, options);
    const { status, replies, unverified } = await following.read();

    expect([status, unverified]).toEqual(["question", 0]);
    expect(replies.map(({ reply }) => reply.text)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `سؤال ${i}`));
    expect(replies[0]).toMatchObject({ reviewer: "huda", organisation: { ar: "منظمة", en: "Org" } });
    expect(site.paths().filter((path) => path === "POST mailbox")).toHaveLength(2);
});

test("a reply by a stranger, or moved to another place, is not shown", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    const keys = await keysOf(site, code);
    const slot = keys.thread.slot("citizen", 0);
    const reply = { slot, index: 0, status: "read", lang: "ar", text: "رد" } as const;
    const to = keys.replyIdentity.recipient;
    const { SigningKey } = await import("../../crypto/browser/note.ts");
    await site.reply(reply, keys.thread.name("team", 0), to, SigningKey.generate(site.device.name));
    await site.reply(reply, keys.thread.name("team", 1), to);

    const { replies, unverified } = await (await Following.begin(code, site.client, options)).read();
    expect([replies.length, unverified]).toEqual([0, 2]);
});

test("a code that nobody knows looks like a case without replies, but for one word", async () => {
    const site = new FakeSite();
    const { ReceiptCode: Code } = await import("../../crypto/browser/receipt.ts");
    const following = await Following.begin(Code.generate(), site.client, options);
    expect(await following.read()).toMatchObject({ status: "unknown", replies: [], unverified: 0 });
});

test("a message to the team takes the first free place of the thread", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    await (await Following.begin(code, site.client, options)).write("أول");
    await (await Following.begin(code, site.client, options)).write("ثان");
    const { thread } = await keysOf(site, code);

    for (const index of [1, 2]) expect(site.stored.has(toBase64(thread.name("citizen", index)))).toBe(true);
    expect(site.stored.size).toBe(3);
});

test("a message whose answer got lost is stored once", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    const following = await Following.begin(code, site.client, options);
    site.weather = ({ path }) => (path === "messages" ? "answer-lost" : undefined);
    await expect(following.write("رد")).rejects.toThrow(UnreachableError);
    site.weather = () => undefined;
    await following.write("رد");

    expect(site.stored.size).toBe(2);
});

test("a new keyring does not stop a message to the team", async () => {
    const site = new FakeSite();
    const { code } = await send(site);
    const following = await Following.begin(code, site.client, options);
    site.renewKeyring();
    await following.write("رد");
    expect(site.stored.size).toBe(2);
});

test("while many send, the device works for each thing that it hands in, says so, and asks nobody to wait", async () => {
    const site = new FakeSite();
    site.bits = 6;
    const heard: Progress[] = [];
    const { code } = await new Sending(withPhoto, new Groundwork(site.client, options)).run((progress) => heard.push(progress));

    expect((await arrived(site, code)).attachments).toHaveLength(1);
    expect(site.paths().filter((path) => path === "POST submissions")).toHaveLength(2);
    expect(heard.filter(({ stage }) => stage === "work")).toHaveLength(2);
    expect(site.pauses).toEqual([]);
});

test("a site that wants more work than a device should do is not obeyed", async () => {
    const site = new FakeSite();
    site.weather = ({ method }) => (method === "POST" ? [429, "work-wanted"] : undefined);

    await expect(send(site)).rejects.toThrow(RefusedError);
    expect(site.requests.every(({ work }) => work === null)).toBe(true);
});
