// The list of what may fail, and the picture: both choose, both show what is
// chosen.

const typeOf = (what) => {
  if (what.router !== undefined) return kindOf(what.router);
  return what.domain === undefined ? 'session' : data.domains[what.domain][0];
};

const choices = (() => {
  const input = byId('what');
  const list = byId('choices');
  const title = byId('choices-title');
  const most = Math.max(1, ...worst.map((it) => it.pairs));
  const labels = new Map();
  const labelOf = (row) => {
    let label = labels.get(row);
    if (label === undefined) {
      label = `${nameOf(sessions.a[row])} – ${nameOf(sessions.b[row])}`.toLowerCase();
      labels.set(row, label);
    }
    return label;
  };
  let options = [];
  let active = -1;

  const pairsWithout = (what) => lostWithout(what).reduce((sum, it) => sum + it.pairs, 0);

  function matching(query) {
    const wanted = words(query);
    const found = [];
    for (const domain of data.domains.keys()) {
      if (has(domainName(domain).toLowerCase(), wanted)) found.push({ domain });
    }
    for (const at of allRouters) if (has(nameOf(at).toLowerCase(), wanted)) found.push({ router: at });
    const shown = found.slice(0, 60);
    for (let row = 0; row < sessions.a.length && shown.length < 80; row += 1) {
      if (has(labelOf(row), wanted)) shown.push({ session: row });
    }
    return shown.map((what) => ({ what, pairs: pairsWithout(what), note: '' }));
  }

  function option(of, at) {
    const share = `width:${Math.max(2, (100 * of.pairs) / most)}%`;
    return el(
      'li',
      { role: 'option', id: `choice-${at}`, 'aria-selected': 'false', 'data-at': at, class: of.pairs > 0 ? 'bad' : 'good' },
      el('span', { class: 'type' }, typeOf(of.what)),
      el('span', { class: 'label' }, titleOf(of.what), of.note === '' ? null : el('small', {}, ` ${of.note}`)),
      el('span', { class: 'count' }, of.pairs > 0 ? counted(of.pairs, 'pair') : 'nothing lost'),
      of.pairs > 0 ? el('span', { class: 'share', style: share }) : null,
    );
  }

  function fill() {
    const query = input.value.trim();
    options = query === '' ? worst.slice(0, 100) : matching(query);
    active = -1;
    input.removeAttribute('aria-activedescendant');
    list.replaceChildren(...options.map(option));
    if (query !== '') title.textContent = options.length === 0 ? 'Nothing is called so.' : 'What fits:';
    else if (worst.length === 0) title.textContent = 'No single failure loses a route between those that are left.';
    else title.textContent = `${counted(worst.length, 'kind of single failure loses', 'kinds of single failures lose')} routes between those that are left:`;
  }

  function activate(at) {
    list.children[active]?.setAttribute('aria-selected', 'false');
    active = Math.max(0, Math.min(options.length - 1, at));
    const line = list.children[active];
    line.setAttribute('aria-selected', 'true');
    line.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', line.id);
  }

  input.addEventListener('input', calmly(fill));
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options.length > 0) activate(active < 0 ? 0 : active + step);
    else if (event.key === 'Enter' && options.length > 0) chosen.set(options[Math.max(0, active)].what);
    else if (event.key === 'Escape') {
      if (input.value === '') chosen.set(null);
      input.value = '';
      fill();
    } else return;
    event.preventDefault();
  });
  list.addEventListener('click', (event) => {
    const line = event.target.closest('li');
    if (line !== null) chosen.set(options[Number(line.dataset.at)].what);
  });
  fill();
  return {
    // Those of one line of the picture.
    offer(rows) {
      input.value = '';
      fill();
      options = rows.slice(0, 100).map((session) => ({ session })).map((what) => ({ what, pairs: pairsWithout(what), note: '' }));
      list.replaceChildren(...options.map(option));
      title.textContent = `${counted(rows.length, 'session')} of this line:`;
    },
  };
})();

(() => {
  const canvas = byId('canvas');
  const svg = canvas.querySelector('svg');
  if (svg === null) return;
  const parts = [...svg.querySelectorAll('[data-router]')];
  const of = new Map();
  const at = (part) => routerNamed.get(part.dataset.router);
  for (const part of parts) {
    const router = at(part);
    if (router === undefined) continue;
    of.set(router, (of.get(router) ?? []).concat(part));
    part.setAttribute('role', 'button');
    part.setAttribute('aria-label', nameOf(router));
    part.setAttribute('tabindex', '-1');
  }
  let focused = parts.find((it) => at(it) !== undefined);
  focused?.setAttribute('tabindex', '0');

  const box = svg.viewBox.baseVal;
  let zoom = 1;
  function size(to) {
    zoom = Math.max(0.1, Math.min(6, to));
    svg.setAttribute('width', Math.round(box.width * zoom));
    svg.setAttribute('height', Math.round(box.height * zoom));
  }
  const wide = () => (canvas.clientWidth - 2) / box.width;
  byId('fit').addEventListener('click', () => size(Math.min(wide(), 1.25)));
  byId('smaller').addEventListener('click', () => size(zoom / 1.25));
  byId('larger').addEventListener('click', () => size(zoom * 1.25));
  // All of it where there is room, but never so small that nothing can be read.
  size(Math.max(0.5, Math.min(wide(), Math.max(660 / box.height, 0.8), 1.1)));

  const domainOf = (part) =>
    data.domains.findIndex(([kind, name]) => part.dataset[kind] === name && ['rack', 'zone'].includes(kind));
  svg.addEventListener('click', (event) => {
    const part = event.target.closest('[data-router], [data-session], [data-rack], [data-zone]');
    if (part === null) return;
    if (part.dataset.router !== undefined) {
      if (at(part) !== undefined) chosen.set({ router: at(part) });
    } else if (part.dataset.session !== undefined) {
      const rows = part.dataset.session.split(/\s+/).filter((it) => it !== '').map(Number);
      if (rows.length === 1) chosen.set({ session: rows[0] });
      else if (rows.length > 1) choices.offer(rows);
    } else if (domainOf(part) >= 0) chosen.set({ domain: domainOf(part) });
  });

  // The nearest router in the direction of an arrow.
  function next(from, key) {
    const middle = (part) => {
      const { x, y, width, height } = part.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    };
    const [x, y] = middle(from);
    const [along, across] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
    let best = null;
    for (const part of parts) {
      if (part === from || at(part) === undefined) continue;
      const [dx, dy] = [middle(part)[0] - x, middle(part)[1] - y];
      const ahead = dx * along + dy * across;
      if (ahead < 2) continue;
      const distance = ahead + 3 * Math.abs(dx * across + dy * along);
      if (best === null || distance < best.distance) best = { part, distance };
    }
    return best?.part ?? from;
  }
  svg.addEventListener('keydown', (event) => {
    const part = event.target.closest('[data-router]');
    if (part === null) return;
    if (event.key.startsWith('Arrow')) {
      part.setAttribute('tabindex', '-1');
      focused = next(part, event.key);
      focused.setAttribute('tabindex', '0');
      focused.focus();
    } else if (event.key === 'Enter' || event.key === ' ') chosen.set({ router: at(part) });
    else if (event.key === 'Escape') chosen.set(null);
    else return;
    event.preventDefault();
  });

  const lines = [...svg.querySelectorAll('.link[data-session]')].map((part) => [
    part,
    part.dataset.session.split(/\s+/).filter((it) => it !== '').map(Number),
  ]);
  chosen.listeners.push((what) => {
    for (const part of svg.querySelectorAll('.failed, .affected, .severed')) {
      part.classList.remove('failed', 'affected', 'severed');
    }
    if (what === null) return;
    const mark = (which, name) => {
      for (const router of which) for (const part of of.get(router) ?? []) part.classList.add(name);
    };
    const without = gone(what);
    mark(failurePanel.affected(what), 'affected');
    mark(without, 'failed');
    for (const part of svg.querySelectorAll('.group')) {
      if (what.domain !== undefined && domainOf(part) === what.domain) part.classList.add('failed');
    }
    for (const [part, rows] of lines) {
      if (what.session !== undefined && rows.includes(what.session)) part.classList.add('failed');
      const ended = (row) => without.has(sessions.a[row]) || without.has(sessions.b[row]);
      if (without.size > 0 && rows.length > 0 && rows.every(ended)) part.classList.add('severed');
    }
  });
})();
