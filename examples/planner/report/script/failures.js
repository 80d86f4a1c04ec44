// What is lost without something: worked out beforehand by classes of routers
// that differ in nothing, and told here by name.

const families = data.failures.map((of) => {
  const classes = [];
  of.of.forEach((at, router) => { if (at >= 0) (classes[at] ??= []).push(router); });
  return {
    ...of,
    classes,
    number: familyNames.indexOf(of.family),
    domains: new Map(of.domains),
  };
});
const inDomain = data.domains.map((_, at) => allRouters.filter((it) => !isStranger(it) && routers.domains[it].includes(at)));

// The routers that fail: those of a router, a rack or a zone.
function gone(what) {
  if (what.router !== undefined) return new Set([what.router]);
  if (what.domain !== undefined) return new Set(inDomain[what.domain]);
  return new Set();
}

// Both ends of a session that fails.
function ends(what) {
  if (what.session !== undefined) return [sessions.a[what.session], sessions.b[what.session]];
  return what.ends ?? null;
}

// What one family loses: null if it is none of its own.
function lostIn(family, what) {
  if (what.router !== undefined) {
    const at = family.of[what.router];
    return at < 0 ? null : { lost: family.routers[at] };
  }
  if (what.domain !== undefined) {
    const lost = family.domains.get(what.domain);
    return lost === undefined ? null : { lost };
  }
  let [a, b] = ends(what);
  if (what.session !== undefined) {
    if (sessions.family[what.session] !== family.number) return null;
    const kind = family.sessions[what.session];
    if (kind < 0) return { lost: null };
    if (kind % 2 === 1) [a, b] = [b, a];
    return { lost: family.kinds[kind >> 1], ends: [a, b] };
  }
  if (data.meshes[what.mesh].family !== family.number) return null;
  const [x, y] = [family.of[a], family.of[b]];
  const same = ([p, q]) => (p === x && q === y) || (p === y && q === x);
  const of = family.meshed.find(same);
  if (of === undefined) return { lost: null };
  return { lost: family.kinds[of[2]], ends: of[0] === x ? [a, b] : [b, a] };
}

// Blocks of routers: those of one lose the routes of those of another.
function blocksOf(family, blocks, without, apart) {
  const places = family.classes.length;
  const expand = (ranges) => {
    const found = [];
    for (const at of members(ranges)) {
      if (at >= places) found.push(apart[at - places]);
      else for (const it of family.classes[at]) if (!without.has(it) && !(apart ?? []).includes(it)) found.push(it);
    }
    return found.sort((a, b) => a - b);
  };
  return blocks.map(([from, to]) => ({ from: expand(from), to: expand(to) }));
}

const pairsIn = ({ from, to }) => {
  const both = new Set(from);
  return from.length * to.length - to.filter((it) => both.has(it)).length;
};

function lostWithout(what) {
  const without = gone(what);
  const found = [];
  for (const family of families) {
    const of = lostIn(family, what);
    if (of === null) continue;
    if (of.lost === null) {
      const up = what.session === undefined || data.verdicts[sessions.verdict[what.session]] === 'established';
      found.push({ family: family.family, pairs: 0, blocks: [], unknown: up, down: !up });
      continue;
    }
    const blocks = blocksOf(family, of.lost[1], without, of.ends);
    found.push({ family: family.family, pairs: of.lost[0], blocks });
  }
  return found;
}

// Blocks as sentences are: what two lose of each other is said once.
function paired(blocks) {
  const key = (of) => of.join(' ');
  const found = new Map();
  // Those who lose each other's routes besides others' are apart from these.
  const apart = blocks.flatMap((block) => {
    const to = new Set(block.to);
    if (block.from.length === block.to.length || !block.from.every((it) => to.has(it))) return [block];
    const from = new Set(block.from);
    return [{ from: block.from, to: block.from }, { from: block.from, to: block.to.filter((it) => !from.has(it)) }];
  });
  for (const block of apart.filter((it) => pairsIn(it) > 0)) {
    const [from, to] = [key(block.from), key(block.to)];
    const back = found.get(`${to}|${from}`);
    if (from === to) found.set(`${from}|${to}`, { ...block, each: true, pairs: pairsIn(block) });
    else if (back !== undefined) Object.assign(back, { each: true, pairs: back.pairs + pairsIn(block) });
    else found.set(`${from}|${to}`, { ...block, each: false, pairs: pairsIn(block) });
  }
  return [...found.values()].sort((a, b) => b.pairs - a.pairs);
}

// Routers in few words: whole racks by name, then some of the rest.
function described(of, without) {
  let left = new Set(of);
  const parts = [];
  if (of.length > 3) {
    inDomain.forEach((all, domain) => {
      const there = all.filter((it) => !without.has(it) && isNode(it));
      if (there.length > 1 && there.every((it) => left.has(it))) {
        parts.push(`${domainName(domain)} (${counted(there.length, 'node')})`);
        there.forEach((it) => left.delete(it));
      }
    });
  }
  left = [...left];
  const some = left.slice(0, Math.max(1, 5 - parts.length)).map(nameOf);
  const all = parts.concat(some.filter(() => parts.length < 5));
  const shown = all.slice(0, 6);
  const more = all.length - shown.length + left.length - some.length;
  const text = shown.join(', ') + (more > 0 ? ` and ${number(more)} more` : '');
  if (more <= 0 && parts.length === 0) return el('span', {}, text);
  const names = el('span', { class: 'names' });
  const list = () => {
    if (names.textContent === '') names.textContent = of.slice(0, 2000).map(nameOf).join(', ');
  };
  return el('details', { on: { toggle: list } }, el('summary', {}, text), names);
}

function titleOf(what) {
  if (what.router !== undefined) return nameOf(what.router);
  if (what.domain !== undefined) return domainName(what.domain);
  return ends(what).map(nameOf).join(' – ');
}

function factsOf(what) {
  const facts = [];
  const fact = (name, value) => facts.push(el('dt', {}, name), el('dd', {}, String(value)));
  if (what.router !== undefined) {
    const at = what.router;
    fact('Is', kindOf(at));
    if (!isStranger(at)) {
      fact('AS', asOf(at));
      fact('Router id', routers.id[at]);
      fact('Addresses', routers.addresses[at].join(', ') || 'none');
      if (routers.cluster[at] !== null) fact('Cluster id', routers.cluster[at]);
      if (routers.domains[at].length > 0) fact('In', routers.domains[at].map(domainName).join(', '));
      fact('Announces', counted(routers.blocks[at], 'block'));
    }
  } else if (what.domain !== undefined) {
    fact('Is', `${data.domains[what.domain][0]} of ${counted(inDomain[what.domain].length, 'router')}`);
  } else {
    const row = what.session === undefined
      ? meshRows(what.ends[0]).find((it) => it.b === what.ends[1] && it.mesh === what.mesh)
      : rowOf(what.session);
    fact('State', data.verdicts[row.verdict]);
    fact('Type', `${data.kinds[row.kind]}, ${familyNames[row.family]}, ${row.origin}`);
    fact('Between', `${row.local} and ${row.remote}`);
  }
  return el('dl', { class: 'facts' }, facts);
}

const failurePanel = (() => {
  const panel = byId('lost');

  function sentence(found) {
    if (found.down) return 'This session does not come up: nothing changes without it.';
    if (found.unknown) return 'There are too many kinds of sessions here to look at each.';
    if (found.pairs === 0) return 'Nothing is lost: whoever is left still learns everything.';
    return `${counted(found.pairs, 'pair')} of routers lose each other’s routes.`;
  }

  function lines(found, without) {
    const items = paired(found.blocks).slice(0, 100).map((block) =>
      el(
        'li',
        {},
        block.each && block.from.join() === block.to.join()
          ? [described(block.from, without), el('span', { class: 'how' }, 'lose each other’s routes')]
          : [
            described(block.to, without),
            el('span', { class: 'how' }, block.each ? 'lose each other’s routes with' : 'lose the routes of'),
            described(block.from, without),
          ],
        el('span', { class: 'count' }, counted(block.pairs, 'pair')),
      ),
    );
    return el('ul', { class: 'blocks' }, items);
  }

  function buttonsOf(what) {
    const buttons = [];
    if (what.router !== undefined) {
      const show = () => { sessionTable.ofNode(what.router); goTo('sessions'); };
      buttons.push(el('button', { type: 'button', id: 'its-sessions', on: { click: show } }, 'Its sessions'));
    }
    const clear = () => { chosen.set(null); byId('what').focus(); };
    buttons.push(el('button', { type: 'button', id: 'clear', on: { click: clear } }, 'Clear'));
    return el('p', { class: 'buttons' }, buttons);
  }

  function before() {
    const lost = families.map((family) => ({ family, blocks: blocksOf(family, family.before, new Set()) }));
    const broken = lost.filter((it) => it.blocks.length > 0);
    if (broken.length === 0) return [];
    return broken.map(({ family, blocks }) => {
      const pairs = blocks.reduce((sum, it) => sum + pairsIn(it), 0);
      return el('div', { class: 'already', 'data-pairs': pairs, 'data-family': family.family },
        el('p', { class: 'loss bad' }, `With everything in place already, ${counted(pairs, 'pair')} of routers do not learn each other’s routes (${family.family}).`),
        lines({ blocks }, new Set()));
    });
  }

  function draw(what) {
    panel.removeAttribute('data-pairs');
    if (what === null) {
      panel.replaceChildren(...before());
      return;
    }
    const without = gone(what);
    const found = lostWithout(what);
    const total = found.reduce((sum, it) => sum + it.pairs, 0);
    panel.setAttribute('data-pairs', total);
    const of = found.map((it) =>
      el('div', { class: 'family', 'data-family': it.family, 'data-pairs': it.pairs },
        found.length > 1 ? el('h4', {}, it.family) : null,
        el('p', { class: `loss ${it.pairs > 0 ? 'bad' : 'good'}` }, sentence(it)),
        lines(it, without)));
    panel.replaceChildren(
      el('h3', { tabindex: '-1' }, `Without ${titleOf(what)}`),
      ...(found.length === 0 ? [el('p', { class: 'loss good' }, 'Nothing here peers with it.')] : of),
      factsOf(what),
      buttonsOf(what),
    );
  }
  chosen.listeners.push(draw);
  draw(null);
  return { affected: (what) => new Set(lostWithout(what).flatMap((it) => it.blocks.flatMap((of) => [...of.from, ...of.to]))) };
})();

// Every single failure that loses something, the worst first.
const worst = (() => {
  const found = [];
  const alike = new Map();
  for (const at of allRouters) {
    const key = families.map((it) => it.of[at]).join();
    if (!alike.has(key)) alike.set(key, []);
    alike.get(key).push(at);
  }
  const likeIt = (count) => (count > 1 ? `or any of ${number(count)} like it` : '');
  for (const all of alike.values()) {
    const what = { router: all[0] };
    const pairs = families.reduce((sum, it) => sum + (lostIn(it, what)?.lost[0] ?? 0), 0);
    if (pairs > 0) found.push({ what, pairs, note: likeIt(all.length) });
  }
  for (const domain of data.domains.keys()) {
    if (inDomain[domain].length < 2) continue;
    const pairs = families.reduce((sum, it) => sum + (lostIn(it, { domain })?.lost[0] ?? 0), 0);
    if (pairs > 0) found.push({ what: { domain }, pairs, note: '' });
  }
  for (const family of families) {
    const rows = new Map();
    family.sessions.forEach((kind, row) => {
      if (kind < 0) return;
      const of = rows.get(kind >> 1) ?? { row, count: 0 };
      of.count += 1;
      rows.set(kind >> 1, of);
    });
    for (const [kind, { row, count }] of rows) {
      const [pairs] = family.kinds[kind];
      if (pairs > 0) found.push({ what: { session: row }, pairs, note: likeIt(count) });
    }
  }
  const rank = ({ what }) => (what.session === undefined ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || b.pairs - a.pairs);
})();
