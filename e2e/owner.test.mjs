// An owner makes a campaign from nothing, starts it, watches it and takes the data home.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { begin, eventually, graphql, journey, OWNER, ready, shot, signIn, TEXTER } from './harness.mjs';

let world;
let page;
let id;
before(async () => (world = await begin()));
after(() => world?.end());
const test = journey(() => world);

const TITLE = 'Library hours: come to the vote';
const GOOD = 24;

/** Contacts as somebody would export them: odd headers, formatted numbers, and rows that cannot be used. */
function file() {
  const rows = ['First Name,Surname,Mobile phone,Postal code,Branch'];
  for (let index = 0; index < GOOD; index += 1) {
    const end = String(200 + index).padStart(4, '0');
    rows.push(`Contact${index},"O'Neil, Jr.",(212) 555-${end},10027,Branch ${index % 3}`);
  }
  rows.push('Twice,Same,212-555-0200,10027,Branch 0');
  rows.push('Again,Same,+1 212 555 0201,10027,Branch 1');
  rows.push('Short,Number,12345,10027,Branch 2');
  rows.push('No,Number,,10027,Branch 2');
  return { name: 'contacts.csv', mimeType: 'text/csv', buffer: Buffer.from(`\uFEFF${rows.join('\r\n')}\r\n`) };
}

const section = (name) => page.locator(`#section-${name}`);

test('signs in and sees the campaigns', async () => {
  page = await world.page('desktop', { acceptDownloads: true });
  await signIn(page, OWNER);
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByRole('heading', { name: 'Campaigns', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Door knocking on Saturday' }).waitFor();
  await shot(page, 'owner-1-campaigns');
});

test('makes a campaign', async () => {
  await page.getByRole('button', { name: 'New campaign' }).click();
  await page.waitForURL(/\/campaigns\/\d+\/edit$/);
  id = Number(page.url().match(/campaigns\/(\d+)\//)[1]);
  await page.getByText('Before this campaign can start').waitFor();
  await shot(page, 'owner-2-new', { fullPage: true });
  const basics = section('basics');
  await basics.getByLabel('Title').fill(TITLE);
  await basics.getByLabel('Description').fill('Ask library friends to come to the vote.');
  const due = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  await basics.getByLabel('Due date').fill(due);
  await basics.getByRole('button', { name: 'Save' }).click();
  await basics.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
  assert.equal(await world.value('SELECT title FROM campaign WHERE id = $1', id), TITLE);
});

test('loads contacts from a file', async () => {
  const contacts = section('contacts');
  await contacts.getByLabel('Upload a CSV file').setInputFiles(file());
  const mapping = contacts.getByRole('group', { name: 'Which column holds what?' });
  await mapping.waitFor();
  assert.equal(await mapping.getByLabel('First name').inputValue(), 'First Name');
  await mapping.getByLabel('Last name').selectOption('Surname');
  await mapping.getByLabel('Cell').selectOption('Mobile phone');
  await mapping.getByLabel('ZIP code').selectOption('Postal code');
  await mapping.getByText('Also kept, to use in the script: Branch').waitFor();
  await shot(page, 'owner-3-mapping', { fullPage: true });
  await mapping.getByRole('button', { name: 'Load contacts' }).click();
  // The first numbers that a development build reads take it seconds.
  await contacts.getByText(`${GOOD} contacts loaded`).waitFor({ timeout: 30_000 });
  await contacts.getByText('2 duplicates left out').waitFor();
  await contacts.getByText('2 rows could not be used').waitFor();
  await contacts.getByText('Rows that could not be used').click();
  await contacts.getByText(/Line 28: the cell is not valid/).waitFor();
  await contacts.getByText(/Line 29: the cell is missing/).waitFor();
  await shot(page, 'owner-4-contacts', { fullPage: true });
  assert.equal(await world.value('SELECT count(*)::int FROM campaign_contact WHERE campaign_id = $1', id), GOOD);
});

test('writes the script', async () => {
  const script = section('interactions');
  await script.getByLabel('Opening message').fill('Hi {firstName}, {texterFirstName} here, for {Branch}. Will you come?');
  await script.getByLabel('Question', { exact: true }).fill('Will they come?');
  for (const [index, [answer, text]] of [
    ['Yes', 'See you there!'],
    ['No', 'Thanks for telling me, {firstName}.'],
  ].entries()) {
    await script.getByRole('button', { name: 'Add an answer' }).click();
    await script.getByRole('textbox', { name: 'Answer' }).nth(index).fill(answer);
    await script.getByLabel('What to text then').nth(index).fill(text);
  }
  await script.getByRole('button', { name: 'Save script' }).click();
  await script.getByText('Saved', { exact: true }).waitFor();
  await shot(page, 'owner-5-script', { fullPage: true });
  const steps = await world.rows(
    'SELECT answer_option, question FROM interaction_step WHERE campaign_id = $1 AND NOT is_deleted ORDER BY id',
    id,
  );
  assert.deepEqual(
    steps.map((step) => step.answer_option),
    ['', 'Yes', 'No'],
  );
  assert.equal(steps[0].question, 'Will they come?');
});

test('a script with an unknown word is pointed out', async () => {
  const opening = section('interactions').getByLabel('Opening message');
  const text = await opening.inputValue();
  await opening.fill(`${text} {nmae}`);
  await section('interactions').getByText('Nothing is known by the name of nmae').waitFor();
  await opening.fill(text);
});

test('splits the contacts among texters', async () => {
  const texters = section('texters');
  await texters.getByLabel('Tess Tran').fill('1');
  await texters.getByLabel('Theo Thomas').fill('1');
  await texters.getByRole('button', { name: 'Split evenly' }).click();
  assert.equal(await texters.getByLabel('Tess Tran').inputValue(), '12');
  assert.equal(await texters.getByLabel('Theo Thomas').inputValue(), '12');
  await texters.getByText('All contacts have a texter').waitFor();
  await texters.getByRole('button', { name: 'Save texters' }).click();
  await eventually(
    () => world.value('SELECT count(*)::int FROM campaign_contact WHERE campaign_id = $1 AND assignment_id IS NOT NULL', id),
    (count) => count === GOOD,
    'all contacts are assigned',
  );
  await texters.getByText('Saved', { exact: true }).waitFor();
  await shot(page, 'owner-6-texters', { fullPage: true });
});

test('starts the campaign', async () => {
  // The tests run at any hour.
  await graphql(
    page,
    `mutation ($id: String!) {
      editCampaign(id: $id, campaign: { overrideOrganizationTextingHours: true, textingHoursEnforced: false }) { id }
    }`,
    { id: String(id) },
  );
  await page.getByText('Ready to start').waitFor();
  await page.getByRole('button', { name: 'Start campaign' }).click();
  await page.getByRole('region', { name: 'Start' }).getByText('Running').waitFor();
  await shot(page, 'owner-7-running', { fullPage: true });
  await page.reload();
  await page.getByRole('region', { name: 'Start' }).getByText('Running').waitFor();
  assert.equal(await section('basics').getByLabel('Title').inputValue(), TITLE);
  assert.equal(await section('interactions').getByLabel('What to text then').nth(1).inputValue(), 'Thanks for telling me, {firstName}.');
});

test('sees a texter at work', async () => {
  const phone = await world.page('phone');
  await signIn(phone, TEXTER);
  await phone.getByText(TITLE).waitFor();
  await phone.getByRole('listitem').filter({ hasText: TITLE }).getByRole('link', { name: '12 first messages to send' }).tap();
  await phone.getByText(/^Hi Contact\d+, Tess here, for Branch \d\. Will you come\?$/).waitFor();
  await page.getByRole('link', { name: 'Progress' }).click();
  const progress = page.getByRole('region', { name: 'Progress' });
  await progress.getByText('0 of 24').waitFor();
  await ready(phone);
  await phone.getByRole('button', { name: 'Send' }).tap();
  await progress.getByText('1 of 24').waitFor();
  await page.locator('.figures > div', { hasText: 'Replies' }).getByText('1', { exact: true }).waitFor();
});

test('takes the data home', async () => {
  const card = page.getByRole('region', { name: 'Export' });
  await card.getByRole('button', { name: 'Export data' }).click();
  const download = async (name) => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('link', { name }).click(),
    ]);
    return readFileSync(await saved.path(), 'utf8');
  };
  const contacts = await download('Download contacts');
  await shot(page, 'owner-8-export', { fullPage: true });
  assert.equal(contacts.trim().split('\r\n').length, GOOD + 1, contacts.slice(0, 500));
  assert.match(contacts, /\+12125550200/);
  assert.match(contacts, /Contact23/);
  assert.match(contacts, /Branch 2/);
  const messages = await download('Download messages');
  assert.match(messages, /Hi Contact\d+, Tess here/);
});

test('puts the campaign away', async () => {
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive campaign' }).click();
  await page.getByRole('button', { name: 'Unarchive' }).waitFor();
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByRole('link', { name: 'Archived' }).click();
  await page.getByRole('link', { name: TITLE }).waitFor();
  await shot(page, 'owner-9-archived');
});
