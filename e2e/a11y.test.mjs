// axe on every route: at phone and desktop width, light and dark. No violation of WCAG 2.2 A and AA.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { begin, DEMO, eventually, journey, OWNER, shot, signIn, TEXTER } from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Pictures in the dark, too. */
const DARK = ['login', 'todos', 'first-message', 'conversation', 'campaign'];
const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

let world;
let texter;
let owner;
let assignment;
let running;
let fresh;
before(async () => (world = await begin()));
after(() => world?.end());
const test = journey(() => world);

/** Looks at what is shown in both sizes and both colour schemes. */
async function look(page, name) {
  const found = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
      // Through the debugger: the page's policy rightly forbids a script tag.
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
      const { violations } = await page.evaluate(
        (runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] }),
        // Only colours depend on the scheme.
        colorScheme === 'light' ? TAGS : { type: 'rule', values: ['color-contrast'] },
      );
      for (const { id, help, nodes } of violations) {
        for (const node of nodes) found.push(`${size}, ${colorScheme}: ${id} (${help}): ${node.target.join(' ')}\n${node.failureSummary}`);
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wider > 0) found.push(`${size}: the page is ${wider} px too wide`);
      if (colorScheme === 'light' || DARK.includes(name)) await shot(page, `a11y-${name}-${size}-${colorScheme}`);
    }
  }
  assert.equal(found.length, 0, `${name}:\n${found.join('\n')}`);
}

test('signing in', async () => {
  texter = await world.page('desktop');
  await texter.goto('/');
  await texter.getByLabel('Email').waitFor();
  await look(texter, 'login');
  // Something to look at: replies, an answered and a closed conversation.
  await signIn(texter, TEXTER);
  await texter.getByRole('link', { name: '30 first messages to send' }).click();
  for (let index = 0; index < 6; index += 1) {
    await texter.locator('.first-message-send:not([aria-disabled])').click();
  }
  await texter.getByText('6 of 30').waitFor();
  assignment = texter.url().match(/todos\/(\d+)/)[1];
  await eventually(
    () => world.value(`SELECT count(*)::int FROM campaign_contact WHERE message_status = 'needsResponse'`),
    (count) => count >= 5,
    'replies come',
  );
});

test('the list of texts', async () => {
  await texter.goto('/app/1/todos');
  await texter.getByRole('link', { name: /replies waiting/ }).waitFor();
  await look(texter, 'todos');
  await texter.getByLabel('Account: Tess Tran').click();
  await texter.getByRole('button', { name: 'Sign out' }).waitFor();
  await look(texter, 'account-menu');
});

test('first messages', async () => {
  await texter.goto(`/app/1/todos/${assignment}/text`);
  await texter.getByTestId('first-message').waitFor();
  await look(texter, 'first-message');
  await texter.getByRole('button', { name: 'Edit this message' }).click();
  await texter.getByLabel('Message', { exact: true }).waitFor();
  await look(texter, 'first-message-edit');
});

test('conversations', async () => {
  await texter.goto(`/app/1/todos/${assignment}/reply`);
  await texter.getByLabel('Can they come to the hearing?').selectOption('Yes');
  await texter.getByLabel('Will they bring someone?').waitFor();
  await look(texter, 'conversation');
  await texter.getByRole('button', { name: 'Opt out' }).click();
  await texter.getByRole('dialog').waitFor();
  await look(texter, 'opt-out');
  await texter.getByRole('button', { name: 'Cancel' }).click();
  await texter.getByRole('button', { name: 'Send', exact: true }).click();
  await texter.getByText(/^Sent to/).waitFor();
  await texter.getByRole('button', { name: 'Close conversation' }).click();
  await texter.getByText('Conversation closed.').waitFor();
  await texter.goto(`/app/1/todos/${assignment}/stale`);
  await texter.getByRole('log').getByText('This conversation is closed.').waitFor();
  await look(texter, 'past');
});

test('pages that are not there', async () => {
  await texter.goto('/nowhere/at/all');
  await texter.getByRole('heading', { level: 1 }).waitFor();
  await look(texter, 'not-found');
  await texter.goto('/app/1/todos/999999/text');
  await texter.getByText(/no longer yours|not for you/).waitFor();
  await look(texter, 'gone');
  await texter.goto('/admin/1/campaigns');
  await texter.getByText('This page is not for you').waitFor();
  await look(texter, 'forbidden');
});

test('campaigns', async () => {
  owner = await world.page('desktop');
  await signIn(owner, OWNER);
  await owner.getByText('You have nothing to do').waitFor();
  await look(owner, 'todos-empty');
  await owner.goto('/admin/1/campaigns');
  await owner.getByRole('link', { name: DEMO }).waitFor();
  await look(owner, 'campaigns');
  running = (await owner.getByRole('link', { name: DEMO }).getAttribute('href')).match(/\d+$/)[0];
  fresh = (await owner.getByRole('link', { name: 'Door knocking' }).getAttribute('href')).match(/(\d+)\/edit$/)[1];
  await owner.goto('/admin/1/campaigns?show=archived');
  await owner.getByText('No archived campaigns').waitFor();
  await look(owner, 'campaigns-archived');
});

test('a campaign', async () => {
  await owner.goto(`/admin/1/campaigns/${running}`);
  await owner.getByRole('region', { name: 'Progress' }).waitFor();
  await look(owner, 'campaign');
  await owner.getByRole('button', { name: 'Archive' }).click();
  await owner.getByRole('dialog').waitFor();
  await look(owner, 'archive');
});

test('the campaign editor', async () => {
  await owner.goto(`/admin/1/campaigns/${fresh}/edit`);
  await owner.getByText('Before this campaign can start').waitFor();
  await look(owner, 'edit');
  await owner.getByLabel('Upload a CSV file').setInputFiles({
    name: 'contacts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('first,last,cell,zip\nAda,Long,2125550300,10027\nBad,Row,12,10027\n'),
  });
  await owner.getByRole('group', { name: 'Which column holds what?' }).waitFor();
  await look(owner, 'edit-mapping');
  await owner.getByRole('button', { name: 'Load contacts' }).click();
  // The first numbers that a development build reads take it seconds.
  await owner.getByText('1 contact loaded').waitFor({ timeout: 30_000 });
  await owner.getByText('Rows that could not be used').click();
  await look(owner, 'edit-loaded');
  await owner.goto(`/admin/1/campaigns/${running}/edit`);
  await owner.getByText('Texters can text.').waitFor();
  await look(owner, 'edit-running');
});
