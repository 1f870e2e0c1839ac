// What must hold when thumbs are quick, networks fail and people come by old links.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { begin, DEMO, eventually, graphql, journey, OWNER, ready, shot, signIn, sleep, TEXTER } from './harness.mjs';

let world;
let phone;
before(async () => (world = await begin()));
after(() => world?.end());
const test = journey(() => world);

const THEO = 'theo@example.org';

/** Texts of a texter, and contacts that got more than one. */
const sent = async (email) => {
  const [row] = await world.rows(
    `SELECT count(*)::int AS texts, count(*)::int - count(DISTINCT campaign_contact_id)::int AS twice
     FROM message JOIN "user" u ON u.id = message.user_id WHERE NOT is_from_contact AND u.email = $1`,
    email,
  );
  return row;
};

test('a wrong password is told in words, and the right one then works', async () => {
  phone = await world.page('phone', { expected: [/401/] });
  await phone.goto('/');
  await phone.getByLabel('Email').fill(TEXTER);
  await phone.getByLabel('Password').fill('wrong');
  await phone.getByRole('button', { name: 'Sign in' }).tap();
  await phone.getByRole('alert').getByText('That email and password do not match. Please try again.').waitFor();
  assert.equal(await phone.getByLabel('Email').inputValue(), TEXTER);
  await shot(phone, 'resilience-1-wrong-password');
  phone.expected.length = 0;
  await phone.getByLabel('Password').fill('bellwether-demo');
  await phone.getByLabel('Password').press('Enter');
  await phone.getByRole('heading', { name: 'Your texts' }).waitFor();
});

test('two taps make one message', async () => {
  await phone.getByRole('link', { name: '30 first messages to send' }).tap();
  await ready(phone);
  const name = await phone.getByRole('heading', { level: 2 }).innerText();
  const button = phone.getByRole('button', { name: 'Send' });
  const { x, y, width, height } = await button.boundingBox();
  const [left, top] = [x + width / 2, y + height / 2];
  await phone.touchscreen.tap(left, top);
  await phone.touchscreen.tap(left, top);
  await eventually(() => phone.getByRole('heading', { level: 2 }).innerText(), (now) => now !== name, 'the next contact');
  await sleep(500);
  assert.deepEqual(await sent(TEXTER), { texts: 1, twice: 0 });
});

test('without a network the texts wait, and go out once when it is back', async () => {
  phone.expected.push(/ERR_INTERNET_DISCONNECTED/, /WebSocket/);
  await phone.context().setOffline(true);
  for (let index = 0; index < 4; index += 1) {
    await ready(phone);
    const name = await phone.getByRole('heading', { level: 2 }).innerText();
    await phone.getByRole('button', { name: 'Send' }).tap();
    await eventually(() => phone.getByRole('heading', { level: 2 }).innerText(), (now) => now !== name, 'the next contact');
  }
  const outbox = phone.getByRole('region', { name: 'Texts on their way' });
  await outbox.getByText('No connection: 4 texts waiting.').waitFor();
  await shot(phone, 'resilience-2-offline');
  assert.equal((await sent(TEXTER)).texts, 1);
  // Going elsewhere in the app drops nothing.
  await phone.getByRole('link', { name: 'Back to your texts' }).tap();
  await phone.getByRole('heading', { name: 'Your texts' }).waitFor();
  await outbox.getByText('4 texts').waitFor();
  await shot(phone, 'resilience-3-offline-elsewhere');
  await phone.context().setOffline(false);
  await outbox.waitFor({ state: 'hidden' });
  assert.deepEqual(await sent(TEXTER), { texts: 5, twice: 0 });
  await phone.getByRole('link', { name: '25 first messages to send' }).waitFor({ timeout: 20_000 });
  phone.expected.length = 0;
});

test('an answer lost on the way back makes no second message', async () => {
  let lost = 0;
  phone.expected.push(/ERR_(FAILED|CONNECTION_RESET)/);
  await phone.route('**/graphql', async (route) => {
    if (!lost && route.request().postData()?.includes('sendMessage(')) {
      lost += 1;
      await route.fetch();
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await phone.getByRole('link', { name: '25 first messages to send' }).tap();
  await ready(phone);
  await phone.getByRole('button', { name: 'Send' }).tap();
  await eventually(() => lost, (count) => count === 1, 'an answer is lost');
  await phone.getByRole('region', { name: 'Texts on their way' }).waitFor({ state: 'hidden' });
  await phone.getByText(/^6 of 30$/).waitFor();
  assert.deepEqual(await sent(TEXTER), { texts: 6, twice: 0 });
  await phone.unroute('**/graphql');
  phone.expected.length = 0;
});

test('a reload in the middle loses nothing', async () => {
  await ready(phone);
  await phone.reload();
  await phone.getByText('0 of 24').waitFor();
  await ready(phone);
  await phone.getByRole('button', { name: 'Send' }).tap();
  await phone.getByText('1 of 24').waitFor();
  assert.deepEqual(await sent(TEXTER), { texts: 7, twice: 0 });
});

test('a script that changes is read again before it is sent', async () => {
  const owner = await world.page('desktop');
  await signIn(owner, OWNER);
  await owner.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await owner.getByRole('link', { name: DEMO }).click();
  await owner.getByRole('link', { name: 'Edit' }).click();
  const script = owner.locator('#section-interactions');
  await ready(phone);
  await script.getByLabel('Opening message').fill('Hello {firstName}, this is {texterFirstName}. New words?');
  await script.getByRole('button', { name: 'Save script' }).click();
  await script.getByText('Saved', { exact: true }).waitFor();
  // A page that heard of it shows the new text; one that did not is refused, and shows it then.
  await phone.getByRole('button', { name: 'Send' }).tap();
  await phone.getByText(/^Hello \w+, this is Tess\. New words\?$/).waitFor();
  await shot(phone, 'resilience-4-new-script');
  await sleep(300);
  const old = await world.value(
    `SELECT count(*)::int FROM message JOIN "user" u ON u.id = message.user_id
     WHERE u.email = $1 AND NOT is_from_contact AND text LIKE 'Hi %'`,
    TEXTER,
  );
  assert.equal(old, 7, 'the old text is not sent any more');
  await ready(phone);
  await phone.getByRole('button', { name: 'Send' }).tap();
  await eventually(
    () => world.value(`SELECT count(*)::int FROM message WHERE text LIKE 'Hello %, this is Tess. New words?'`),
    (count) => count >= 1,
    'the new text is sent',
  );
  assert.equal((await sent(TEXTER)).twice, 0);
});

test('a page that did not hear of a change is refused and shows the new text', async () => {
  const deaf = await world.page('phone', { expected: [/WebSocket/] });
  await deaf.routeWebSocket(/graphql/, () => {});
  await signIn(deaf, THEO);
  await deaf.getByRole('link', { name: '30 first messages to send' }).tap();
  await deaf.getByText(/New words\?$/).waitFor();
  const editor = world.pages().find((page) => /\/edit$/.test(page.url()));
  const script = editor.locator('#section-interactions');
  await script.getByLabel('Opening message').fill('Third version for {firstName}');
  await script.getByRole('button', { name: 'Save script' }).click();
  await script.getByText('Saved', { exact: true }).waitFor();
  await ready(deaf);
  await deaf.getByRole('button', { name: 'Send' }).tap();
  await deaf.getByText('The script was changed meanwhile. Here is the new text.').waitFor();
  await deaf.getByText(/^Third version for \w+$/).waitFor();
  await sleep(300);
  assert.equal((await sent(THEO)).texts, 0);
  await ready(deaf);
  await deaf.getByRole('button', { name: 'Send' }).tap();
  await deaf.getByText('1 of 30').waitFor();
  assert.deepEqual(await sent(THEO), { texts: 1, twice: 0 });
  await deaf.context().close();
});

test('an old link leads through the sign-in to its page', async () => {
  const page = await world.page('desktop');
  const place = new URL(phone.url()).pathname.replace(/text$/, 'reply');
  await page.goto(`${place}?contact=3`);
  await page.getByLabel('Email').waitFor();
  assert.match(page.url(), /\/login\?nextUrl=/);
  await page.getByLabel('Email').fill(TEXTER);
  await page.getByLabel('Password').fill('bellwether-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('log').waitFor();
  assert.equal(new URL(page.url()).pathname, place);
  await shot(page, 'resilience-5-conversation-desktop');
  // Signing out ends it everywhere in this browser.
  await page.getByLabel('Account: Tess Tran').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  await page.goto(place);
  await page.getByLabel('Email').waitFor();
});

test('the keyboard alone is enough', async () => {
  const page = await world.page('desktop');
  await page.goto('/');
  await page.getByLabel('Email').waitFor();
  const before = await sent(THEO);
  await focusByTab(page, () => page.getByLabel('Email'));
  await page.keyboard.type(THEO);
  await page.keyboard.press('Tab');
  await page.keyboard.type('bellwether-demo');
  await page.keyboard.press('Enter');
  const link = page.getByRole('link', { name: /first messages to send/ });
  await link.waitFor();
  await focusByTab(page, () => link);
  await page.keyboard.press('Enter');
  for (let index = 1; index <= 3; index += 1) {
    await ready(page);
    assert.equal(await page.evaluate(() => document.activeElement?.innerText.trim()), 'Send', 'Send has the focus');
    await page.keyboard.press('Enter');
    await eventually(() => sent(THEO), (row) => row.texts === before.texts + index, 'Enter sends one text');
  }
  await shot(page, 'resilience-6-keyboard');
  assert.equal((await sent(THEO)).twice, 0);
});

test('a texter sees nothing of campaigns, also by address', async () => {
  const page = await world.page('desktop');
  await signIn(page, TEXTER);
  await page.getByRole('heading', { name: 'Your texts' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Campaigns', exact: true }).count(), 0);
  await page.goto('/admin/1/campaigns/1');
  await page.getByText(/not allowed|does not exist|may not/i).first().waitFor();
  await shot(page, 'resilience-7-forbidden');
  const data = await graphql(page, '{ currentUser { email } }');
  assert.equal(data.currentUser.email, TEXTER);
});

/** Presses Tab until it has the focus. */
async function focusByTab(page, locator) {
  for (let presses = 0; presses < 25; presses += 1) {
    if (await locator().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('Tab does not get there');
}
