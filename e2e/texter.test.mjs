// A texter's day on a phone, and the owner who watches the counts.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { begin, DEMO, eventually, journey, OWNER, ready, shot, signIn, TEXTER } from './harness.mjs';

let world;
let phone;
let owner;
before(async () => (world = await begin()));
after(() => world?.end());
const test = journey(() => world);

const counts = async () => {
  const [row] = await world.rows(
    `SELECT count(*) FILTER (WHERE message_status = 'needsMessage')::int AS unsent,
            count(*) FILTER (WHERE message_status = 'needsResponse')::int AS waiting,
            count(*) FILTER (WHERE message_status = 'convo')::int AS answered,
            count(*) FILTER (WHERE message_status = 'closed')::int AS closed,
            count(*) FILTER (WHERE is_opted_out)::int AS opted_out
     FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id JOIN "user" u ON u.id = a.user_id
     WHERE u.email = $1`,
    TEXTER,
  );
  return row;
};

/** A figure of the owner's campaign page, as shown. */
const figure = async (label) => {
  const text = await owner.locator('.figures > div', { hasText: label }).locator('dd').innerText();
  return Number(text.replace(/\D/g, ''));
};

test('signs in and sees what there is to do', async () => {
  phone = await world.page('phone');
  await phone.goto('/');
  await phone.getByLabel('Email').waitFor();
  await shot(phone, 'texter-1-login');
  await signIn(phone, TEXTER);
  await phone.getByRole('heading', { name: 'Your texts' }).waitFor();
  await phone.getByRole('link', { name: '30 first messages to send' }).waitFor();
  await phone.getByText(DEMO).waitFor();
  await shot(phone, 'texter-2-todos');
});

test('the owner opens the campaign to watch', async () => {
  owner = await world.page('desktop');
  await signIn(owner, OWNER);
  await owner.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await owner.getByRole('link', { name: DEMO }).click();
  await owner.getByRole('region', { name: 'Progress' }).waitFor();
  await shot(owner, 'owner-watch-1');
});

test('sends first messages with one tap each', async () => {
  await phone.getByRole('link', { name: '30 first messages to send' }).tap();
  const message = phone.getByTestId('first-message');
  const name = phone.getByRole('heading', { level: 2 });
  await message.waitFor();
  await shot(phone, 'texter-3-first-message');
  for (let index = 0; index < 10; index += 1) {
    const before = await name.innerText();
    assert.match(await message.innerText(), /^Hi \w+, it's Tess with Riverside Tenants Union\./);
    await ready(phone);
    await phone.getByRole('button', { name: 'Send' }).tap();
    await eventually(() => name.innerText(), (now) => now !== before, 'the next contact is not there', 1_000);
  }
  await eventually(counts, (row) => row.unsent === 20, 'ten first messages were sent');
  await phone.getByText('10 of 30').waitFor();
  await shot(phone, 'texter-4-ten-sent');
});

// One of the ten has a cell that ends in 13: the fake service cannot reach it.
test('replies arrive by themselves, on the phone and at the owner', async () => {
  await phone.getByRole('link', { name: 'Back to your texts' }).tap();
  await phone.getByRole('heading', { name: 'Your texts' }).waitFor();
  await phone.getByRole('link', { name: '9 replies waiting' }).waitFor();
  await phone.getByRole('link', { name: '20 first messages to send' }).waitFor();
  await shot(phone, 'texter-5-todos-with-replies');
  await eventually(() => figure('Texts sent'), (value) => value === 10, 'the owner sees ten texts');
  await eventually(() => figure('Replies'), (value) => value === 9, 'the owner sees nine replies');
  const progress = owner.getByRole('region', { name: 'Progress' });
  await progress.getByText('10 of 60').waitFor();
  await progress.getByText('1 with code 30003').waitFor();
  await shot(owner, 'owner-watch-2', { fullPage: true });
});

test('answers with the script and records the answer', async () => {
  await phone.getByRole('link', { name: '9 replies waiting' }).tap();
  const log = phone.getByRole('log');
  await log.getByText('Can you come?').waitFor();
  await shot(phone, 'texter-6-conversation');
  const question = phone.getByLabel('Can they come to the hearing?');
  await question.selectOption('Yes');
  const answer = phone.getByLabel('Your answer');
  await eventually(() => answer.inputValue(), (text) => text.startsWith('Wonderful! We meet at'), 'the script is there');
  await phone.getByLabel('Will they bring someone?').waitFor();
  await shot(phone, 'texter-7-answer');
  const name = await phone.getByRole('heading', { level: 2 }).innerText();
  await phone.getByRole('button', { name: 'Send', exact: true }).tap();
  await phone.getByText(/^Sent to \w+\.$/).waitFor();
  await eventually(
    () => phone.getByRole('heading', { level: 2 }).innerText(),
    (now) => now !== name,
    'the next conversation opens',
  );
  await shot(phone, 'texter-8-next-conversation');
  const [saved] = await world.rows('SELECT value FROM question_response');
  assert.equal(saved.value, 'Yes');
  const sent = await world.value(
    `SELECT count(*)::int FROM message WHERE NOT is_from_contact AND text LIKE 'Wonderful! We meet at 5:30pm%'`,
  );
  assert.equal(sent, 1);
  await owner.getByRole('region', { name: 'Answers' }).getByText('1 answered').first().waitFor();
});

test('what was typed is not lost to the script', async () => {
  const answer = phone.getByLabel('Your answer');
  await answer.fill('Thank you for asking.');
  await phone.getByLabel('Can they come to the hearing?').selectOption('Maybe');
  assert.equal(await answer.inputValue(), 'Thank you for asking.');
  await phone.getByRole('button', { name: 'Use the script' }).tap();
  assert.match(await answer.inputValue(), /^No pressure\./);
  // A script that was put there gives way to the next one.
  await phone.getByLabel('Can they come to the hearing?').selectOption('No');
  assert.match(await answer.inputValue(), /^Thanks for telling me\./);
  await phone.getByLabel('Can they come to the hearing?').selectOption('');
  await answer.fill('');
});

test('opts a contact out after asking', async () => {
  const name = await phone.getByRole('heading', { level: 2 }).first().innerText();
  const first = name.split(' ')[0];
  await phone.getByRole('button', { name: 'Opt out' }).tap();
  const dialog = phone.getByRole('dialog', { name: `Opt out ${first}?` });
  await dialog.waitFor();
  await eventually(
    () => dialog.getByLabel('Last message').inputValue(),
    (text) => /opting you out/.test(text),
    'the last message is there',
  );
  await shot(phone, 'texter-9-opt-out');
  await dialog.getByRole('button', { name: 'Cancel' }).tap();
  await dialog.waitFor({ state: 'hidden' });
  assert.equal((await counts()).opted_out, 0);
  await phone.getByRole('button', { name: 'Opt out' }).tap();
  await dialog.getByRole('button', { name: 'Send and opt out' }).tap();
  await phone.getByText(`${first} is opted out.`).waitFor();
  await eventually(counts, (row) => row.opted_out === 1, 'one contact is opted out');
  await eventually(() => figure('Opted out'), (value) => value === 1, 'the owner sees it');
  await shot(phone, 'texter-10-opted-out');
});

test('closes a conversation', async () => {
  await eventually(
    () => phone.getByRole('button', { name: 'Close conversation' }).count(),
    (count) => count === 1,
    'a conversation is open',
  );
  await phone.getByRole('button', { name: 'Close conversation' }).tap();
  await phone.getByText('Conversation closed.').waitFor();
  await eventually(counts, (row) => row.closed === 1, 'one conversation is closed');
  await phone.getByRole('link', { name: 'Back to your texts' }).tap();
  // Nine, without the one opted out and the one closed; who was asked to bring a neighbour has answered again.
  await phone.getByRole('link', { name: '7 replies waiting' }).waitFor();
  const past = phone.getByRole('link', { name: /past conversations?$/ });
  await past.waitFor();
  await shot(phone, 'texter-11-todos');
  await past.tap();
  await phone.getByRole('log').waitFor();
  await shot(phone, 'texter-12-past');
  await shot(owner, 'owner-watch-3', { fullPage: true });
});

test('the last first message leads to the end', async () => {
  await phone.getByRole('link', { name: 'Back to your texts' }).tap();
  await phone.getByRole('link', { name: '20 first messages to send' }).tap();
  for (let left = 20; left > 0; left -= 1) {
    await ready(phone);
    await phone.getByRole('button', { name: 'Send' }).tap();
  }
  await phone.getByText('All first messages are sent').waitFor();
  await shot(phone, 'texter-13-all-sent');
  await eventually(counts, (row) => row.unsent === 0, 'all first messages are sent');
  await eventually(() => figure('Texts sent'), (value) => value === 32, 'the owner sees all');
});
