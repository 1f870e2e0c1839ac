// One world per test file: a database, a server and a Chromium of its own, all gone at the end.
//
//   const world = await begin();            // in before()
//   const page = await world.page('phone'); // fails the test on errors of the page
//   await world.end();                      // in after(); throws what the pages complained about

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);

/** Folder of the built client. */
export const dist = path.resolve(process.env.CLIENT_DIST ?? path.join(root, 'dist'));
const binary = path.resolve(process.env.BELLWETHER_BIN ?? path.join(root, 'target/debug/bellwether'));
const maintenance = process.env.TEST_DATABASE_URL ?? 'postgres://127.0.0.1:5432/postgres';

export const PASSWORD = 'bellwether-demo';
export const OWNER = 'owner@example.org';
export const TEXTER = 'tess@example.org';
/** The demo campaign that runs. */
export const DEMO = 'Rent freeze: ask for the hearing';

const SIZES = {
  phone: {
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Tests that build on each other: after a failure the rest is skipped, and what the pages showed is kept as
 * e2e/screenshots/failed-*.png. A test also fails when a page complained.
 */
export function journey(world) {
  let broken;
  return (name, work) =>
    test(name, async (t) => {
      if (broken) return t.skip(`after "${broken}" failed`);
      try {
        await work(t);
        world().check();
      } catch (error) {
        broken = name;
        await world()?.keepPictures();
        const said = world()?.problems.join('\n');
        if (said) t.diagnostic(`the pages also complained:\n${said}`);
        throw error;
      }
    });
}

/** Builds a world; `seeded: false` leaves the database empty, `browser: false` starts no Chromium; `environment` adds settings. */
export async function begin({ seeded = true, browser = true, environment = {} } = {}) {
  const world = new World();
  try {
    await world.start(seeded, browser, environment);
  } catch (error) {
    await world.end().catch(() => {});
    throw error;
  }
  return world;
}

class World {
  log = [];
  problems = [];
  #contexts = [];
  #files;

  async start(seeded, browser, environment) {
    const name = `bellwether_e2e_${randomBytes(6).toString('hex')}`;
    this.databaseName = name;
    await admin((client) => client.query(`CREATE DATABASE ${name}`));
    const url = new URL(maintenance);
    url.pathname = `/${name}`;
    this.databaseUrl = url.href;
    this.#files = mkdtempSync(path.join(tmpdir(), 'bellwether-e2e-'));
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.environment = {
      PATH: process.env.PATH,
      HOME: this.#files,
      TMPDIR: this.#files,
      DATABASE_URL: this.databaseUrl,
      SESSION_SECRET: randomBytes(24).toString('hex'),
      PORT: String(port),
      BASE_URL: this.url,
      CLIENT_DIST: dist,
      FAKESERVICE_DELAY_MS: '100',
      DEV_APP_SERVER: '1',
      DB_MAX_POOL: '8',
      DB_WORKER_POOL: '4',
      SHUTDOWN_SECONDS: '1',
      RUST_LOG: process.env.RUST_LOG ?? 'info',
      ...environment,
    };
    const chromiumStarts = browser ? launch() : Promise.resolve();
    // Whatever fails first is what is told; a browser that starts meanwhile is closed all the same.
    chromiumStarts.then((started) => (this.browser = started), () => {});
    await this.#run('migrate');
    if (seeded) await this.#run('seed');
    this.server = this.#spawn('serve');
    await this.#ready();
    this.database = new pg.Client({ connectionString: this.databaseUrl });
    await this.database.connect();
    // The database is dropped under it at the end.
    this.database.on('error', () => {});
    this.browser = await chromiumStarts;
  }

  #spawn(command) {
    const child = spawn(binary, [command], {
      env: this.environment,
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => this.log.push(text));
    }
    child.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? signal));
    });
    return child;
  }

  async #run(command) {
    const code = await this.#spawn(command).ended;
    assert.equal(code, 0, `bellwether ${command} failed:\n${this.tail()}`);
  }

  async #ready() {
    let ended = null;
    this.server.ended.then((code) => (ended = code), (error) => (ended = error));
    for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(50)) {
      assert.equal(ended, null, `bellwether serve ended with ${ended}:\n${this.tail()}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
    }
    assert.fail(`bellwether serve is not ready after 20 seconds:\n${this.tail()}`);
  }

  /** The newest lines of the server's log. */
  tail() {
    return this.log.join('').split('\n').slice(-30).join('\n');
  }

  /** A new page in a context of its own, watched for errors. `options` are Playwright's, and `expected`: errors that may come. */
  async page(size, { expected = [], ...options } = {}) {
    const context = await this.browser.newContext({
      ...SIZES[size],
      locale: 'en-US',
      timezoneId: 'America/New_York',
      reducedMotion: 'reduce',
      baseURL: this.url,
      ...options,
    });
    context.setDefaultTimeout(10_000);
    this.#contexts.push(context);
    const page = await context.newPage();
    page.expected = [...expected];
    this.#watch(page, size);
    return page;
  }

  #watch(page, size) {
    const complain = (text) => {
      if (page.expected.some((pattern) => pattern.test(text))) return;
      this.problems.push(`${size} at ${page.url().replace(this.url, '')}: ${text}`);
    };
    page.on('pageerror', (error) => complain(`error on the page: ${error.stack ?? error}`));
    page.on('console', (message) => {
      if (['error', 'assert'].includes(message.type())) {
        complain(`console: ${message.text()} ${message.location().url}`);
      }
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // Leaving a page ends its requests, and a download is no page.
      if (request.url().startsWith(this.url) && reason !== 'net::ERR_ABORTED') {
        complain(`request failed: ${request.method()} ${request.url()}: ${reason}`);
      }
    });
    page.on('response', (response) => {
      if (response.status() >= 400 && response.url().startsWith(this.url)) {
        complain(`HTTP ${response.status()}: ${response.request().method()} ${response.url()}`);
      }
    });
  }

  /** All open pages. */
  pages() {
    return this.#contexts.flatMap((context) => context.pages());
  }

  /** What all pages show, and what the server said, for whoever looks into a failure. */
  async keepPictures() {
    for (const [index, page] of this.pages().entries()) {
      await shot(page, `failed-${process.pid}-${index}`).catch(() => {});
    }
    writeFileSync(path.join(here, 'screenshots', `failed-${process.pid}.txt`), this.log.join(''));
  }

  /** Fails with what the pages complained about, once. */
  check() {
    const problems = this.problems.splice(0);
    assert.equal(problems.length, 0, `the pages complained:\n${problems.join('\n')}`);
  }

  /** Rows of the database. */
  async rows(text, ...values) {
    return (await this.database.query(text, values)).rows;
  }

  /** The one value of a query. */
  async value(text, ...values) {
    const [row] = await this.rows(text, ...values);
    return row && Object.values(row)[0];
  }

  async end() {
    await Promise.all(this.#contexts.map((context) => context.close().catch(() => {})));
    await this.browser?.close();
    if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
      this.server.kill('SIGTERM');
      const late = setTimeout(() => this.server.kill('SIGKILL'), 5_000);
      await this.server.ended.catch(() => {});
      clearTimeout(late);
    }
    await this.database?.end().catch(() => {});
    if (this.databaseName) {
      await admin((client) => client.query(`DROP DATABASE IF EXISTS ${this.databaseName} WITH (FORCE)`));
    }
    if (this.#files) rmSync(this.#files, { recursive: true, force: true });
    this.check();
  }
}

async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: FLAGS,
  });
}

async function admin(work) {
  const client = new pg.Client({ connectionString: maintenance });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again until the answer is right, so that tests wait for what they need and not longer. */
export async function eventually(ask, right, what, ms = 10_000) {
  let answer;
  for (const limit = Date.now() + ms; Date.now() < limit; await sleep(50)) {
    answer = await ask();
    if (right(answer)) return answer;
  }
  assert.fail(`${what}: it stayed ${JSON.stringify(answer)}`);
}

/** Signs in and waits for the list of texts. */
export async function signIn(page, email, { from = '/' } = {}) {
  await page.goto(from);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}

/** Keeps a picture of the page in e2e/screenshots/. */
export async function shot(page, name, options = {}) {
  const folder = path.join(here, 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled', ...options });
}

/** A GraphQL operation with the cookie of the page. */
export async function graphql(page, query, variables = {}) {
  const answer = await page.evaluate(
    async ([query, variables]) => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-requested-with': 'bellwether' },
        body: JSON.stringify({ query, variables }),
      });
      return response.json();
    },
    [query, variables],
  );
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data;
}

/** Waits until the first message on top takes a tap: a moment after it is shown, so that nobody sends two by mistake. */
export function ready(page) {
  return page.locator('.first-message-send:not([aria-disabled])').waitFor();
}
