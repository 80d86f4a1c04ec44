// The table of sessions: as many rows as are in view, whatever there are.

const asOf = (at) => (isStranger(at) ? null : data.ases[routers.asn[at]]);
const familyNames = ['IPv4', 'IPv6'];

// A row as the table shows it. Rows of the plan are numbers; those of a mesh that
// is not listed are made for one node at a time.
function rowOf(row) {
  if (typeof row === 'object') return row;
  const [a, b] = [sessions.a[row], sessions.b[row]];
  const place = (at, of) => (typeof of === 'string' ? of : routers.addresses[at][of]);
  return {
    a,
    b,
    session: row,
    family: sessions.family[row],
    local: place(a, sessions.local[row]),
    remote: place(b, sessions.remote[row]),
    localAs: data.ases[sessions.local_as[row]],
    remoteAs: data.ases[sessions.remote_as[row]],
    kind: sessions.kind[row],
    origin: data.origins[sessions.origin[row]],
    verdict: sessions.verdict[row],
  };
}

// The sessions of one node in meshes that the plan does not list.
function meshRows(node) {
  const rows = [];
  for (const [number, mesh] of data.meshes.entries()) {
    const all = [...members(mesh.members)];
    if (!all.includes(node)) continue;
    const address = (at) => routers.addresses[at].find((it) => it.includes(':') === (mesh.family === 1));
    const expected = (at, of) => (routers.own_as[of] ? asOf(of) : data.mesh_as ?? asOf(at));
    for (const other of all.filter((it) => it !== node)) {
      const fits = expected(node, other) === asOf(other) && expected(other, node) === asOf(node);
      rows.push({
        a: node,
        b: other,
        mesh: number,
        family: mesh.family,
        local: address(node),
        remote: address(other),
        localAs: asOf(node),
        remoteAs: expected(node, other),
        kind: expected(node, other) === asOf(node) ? 0 : 4,
        origin: data.origins[0],
        verdict: data.verdicts.indexOf(fits ? 'established' : 'as-mismatch'),
      });
    }
  }
  return rows;
}

const sessionTable = (() => {
  const height = 30;
  const columns = [
    ['State', (it) => data.verdicts[it.verdict], 9.5],
    ['Router A', (it) => nameOf(it.a), 13],
    ['Address A', (it) => it.local, 9.5],
    ['AS A', (it) => it.localAs, 6.5],
    ['Router B', (it) => nameOf(it.b), 13],
    ['Address B', (it) => it.remote, 9.5],
    ['Expects AS', (it) => it.remoteAs, 8],
    ['Type', (it) => data.kinds[it.kind], 13],
    ['From', (it) => it.origin, 12],
    ['Family', (it) => familyNames[it.family], 6.5],
  ];
  const scroller = byId('scroller');
  const body = byId('rows');
  const search = byId('search');
  const all = sessions.a.map((_, at) => at);
  const texts = new Map();
  let sort = { column: null, down: false };
  let node = null;
  let rows = all;
  let current = -1;
  let printing = false;

  const textOf = (row) => {
    let text = texts.get(row);
    if (text === undefined) {
      const it = rowOf(row);
      text = columns.map(([, value]) => value(it)).join(' ').toLowerCase();
      texts.set(row, text);
    }
    return text;
  };

  const heads = columns.map(([name, , width], at) =>
    el(
      'th',
      { role: 'columnheader', scope: 'col', style: `width:${width}em` },
      el('button', { type: 'button', on: { click: () => sortBy(at) } }, name, el('span', { class: 'arrow', 'aria-hidden': 'true' })),
    ),
  );
  byId('heads').append(...heads);
  scroller.setAttribute('aria-colcount', columns.length);

  function choices(id, label, names, used) {
    const select = byId(id);
    select.append(el('option', { value: '' }, label));
    names.forEach((name, at) => { if (used(at)) select.append(el('option', { value: at }, name)); });
    select.addEventListener('change', () => filter());
    return select;
  }
  const usedIn = (column) => {
    const used = new Set(sessions[column]);
    return (at) => used.has(at);
  };
  const ofState = choices('of-state', 'all', data.verdicts, (at) => data.counts.verdicts[at] > 0);
  const ofKind = choices('of-kind', 'all', data.kinds, (at) => data.meshes.length > 0 || usedIn('kind')(at));
  const ofFamily = choices('of-family', 'all', familyNames, (at) => data.counts.families.includes(familyNames[at]));
  search.addEventListener('input', calmly(() => filter()));
  byId('of-node').addEventListener('click', () => { ofNode(null); search.focus(); });

  function sortBy(column) {
    const down = sort.column === column && !sort.down;
    sort = { column, down };
    heads.forEach((head, at) => {
      if (at === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    filter();
  }

  function filter() {
    const wanted = words(search.value);
    const equal = (select, value) => select.value === '' || Number(select.value) === value;
    const from = node === null ? all : all.filter((row) => sessions.a[row] === node || sessions.b[row] === node).concat(meshRows(node));
    rows = from.filter((row) => {
      const plain = typeof row === 'number';
      return (
        equal(ofState, plain ? sessions.verdict[row] : row.verdict) &&
        equal(ofKind, plain ? sessions.kind[row] : row.kind) &&
        equal(ofFamily, plain ? sessions.family[row] : row.family) &&
        (wanted.length === 0 || has(textOf(row), wanted))
      );
    });
    if (sort.column !== null) {
      const value = columns[sort.column][1];
      const keyed = rows.map((row) => [value(rowOf(row)), row]);
      const compare = (x, y) => (typeof x === 'number' ? x - y : collator.compare(x, y));
      keyed.sort((x, y) => compare(x[0], y[0]) * (sort.down ? -1 : 1));
      rows = keyed.map((it) => it[1]);
    }
    current = -1;
    scroller.scrollTop = 0;
    scroller.setAttribute('aria-rowcount', rows.length + 1);
    const total = counted(data.counts.sessions, 'session');
    byId('shown').textContent = `${number(rows.length)} of ${total}`;
    draw();
  }

  function cells(row, at) {
    const it = rowOf(row);
    const verdict = data.verdicts[it.verdict];
    const good = verdict === 'established';
    const line = el('tr', {
      role: 'row',
      id: `row-${at}`,
      'aria-rowindex': at + 2,
      class: at === current ? 'current' : undefined,
      'data-at': at,
    });
    columns.forEach(([, value], column) => {
      const text = String(value(it));
      const cell = el('td', { role: 'gridcell', title: text });
      if (column === 0) {
        cell.append(el('span', { class: `state ${good ? 'good' : 'bad'}` }, good ? '● ' : '▲ ', text));
      } else {
        cell.textContent = text;
      }
      line.append(cell);
    });
    return line;
  }

  function draw() {
    const first = printing ? 0 : Math.max(0, Math.floor(scroller.scrollTop / height) - 10);
    const count = printing ? 1000 : Math.ceil(scroller.clientHeight / height) + 20;
    const last = Math.min(rows.length, first + count);
    const space = (of) => el('tr', { class: 'space', 'aria-hidden': 'true', style: `height:${of * height}px` });
    const lines = [];
    for (let at = first; at < last; at += 1) lines.push(cells(rows[at], at));
    body.replaceChildren(space(first), ...lines, space(printing ? 0 : rows.length - last));
    if (rows.length === 0) {
      body.append(el('tr', {}, el('td', { colspan: columns.length, class: 'empty' }, 'No session fits.')));
    }
    if (current >= 0) scroller.setAttribute('aria-activedescendant', `row-${current}`);
    else scroller.removeAttribute('aria-activedescendant');
  }

  let waiting = false;
  scroller.addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  });
  addEventListener('resize', calmly(draw));

  function move(to) {
    current = Math.max(0, Math.min(rows.length - 1, to));
    const [top, view] = [current * height, scroller.clientHeight - height * 2];
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    if (top > scroller.scrollTop + view) scroller.scrollTop = top - view;
    draw();
  }

  function choose(row) {
    const it = rowOf(row);
    chosen.set(it.session === undefined ? { mesh: it.mesh, ends: [it.a, it.b] } : { session: it.session });
    goTo('failures');
  }

  scroller.addEventListener('keydown', (event) => {
    if (event.target !== scroller || rows.length === 0) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / height) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in steps) move(current < 0 ? 0 : current + steps[event.key]);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(rows.length - 1);
    else if (event.key === 'Enter' && current >= 0) choose(rows[current]);
    else return;
    event.preventDefault();
  });
  body.addEventListener('click', (event) => {
    const line = event.target.closest('tr[data-at]');
    if (line !== null && getSelection().isCollapsed) choose(rows[Number(line.dataset.at)]);
  });
  for (const input of [search, byId('find')]) {
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || input.value === '') return;
      input.value = '';
      input.dispatchEvent(new Event('input'));
      event.preventDefault();
    });
  }

  function ofNode(at) {
    node = at;
    const button = byId('of-node');
    button.hidden = at === null;
    if (at !== null) {
      button.textContent = `${nameOf(at)} ✕`;
      button.setAttribute('aria-label', `Sessions of ${nameOf(at)} only: show all again`);
    }
    filter();
  }

  if (data.meshes.length > 0) {
    const parts = data.meshes.map(
      (it) => `a full mesh of ${number([...members(it.members)].length)} nodes with ${number(it.sessions)} sessions (${familyNames[it.family]})`,
    );
    byId('meshes').textContent = `Not listed above: ${parts.join(', ')}. Choose a node in the picture and then its sessions to see its part of it.`;
  }
  filter();
  return {
    ofNode,
    state(verdict) {
      for (const select of [ofKind, ofFamily]) select.value = '';
      ofState.value = verdict;
      search.value = '';
      ofNode(null);
    },
    print(now) {
      printing = now;
      draw();
    },
  };
})();
