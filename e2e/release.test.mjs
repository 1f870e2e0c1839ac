// The bundle as it is served: it starts, and it is sent small and kept long.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { begin, dist, shot } from './harness.mjs';

let world;
before(async () => (world = await begin()));
after(() => world?.end());

const file = (end) => readdirSync(dist).find((name) => name.endsWith(end));

test('the bundle starts', async () => {
  const page = await world.page('desktop');
  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/login');
  await shot(page, 'release-login-desktop');
  world.check();
});

test('its files are packed and kept', async (t) => {
  for (const end of ['.wasm', '.js', '.css']) {
    const name = file(end);
    assert.ok(name, `there is no ${end} in ${dist}`);
    const response = await fetch(`${world.url}/${name}`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('cache-control'), /max-age=31536000.*immutable/, name);
    assert.match(response.headers.get('vary'), /accept-encoding/i);
    if (existsSync(path.join(dist, `${name}.br`))) {
      assert.equal(response.headers.get('content-encoding'), 'br', name);
    } else {
      t.diagnostic(`${name} has no .br: a development build`);
    }
    if (end === '.wasm') assert.equal(response.headers.get('content-type'), 'application/wasm');
  }
});

test('the page itself is asked for each time, and any path is the page', async () => {
  for (const place of ['/', '/app/1/todos', '/admin/1/campaigns/2/edit']) {
    const response = await fetch(world.url + place);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-cache');
    const policy = response.headers.get('content-security-policy');
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/);
    assert.match(await response.text(), /<title>Bellwether<\/title>/);
  }
  const missing = await fetch(`${world.url}/client-0000000000000000.js`);
  assert.equal(missing.status, 404, 'a missing script is not answered with the page');
});
