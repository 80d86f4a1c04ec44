// Head, summary, colours and printing.

(() => {
  byId('title').textContent = data.title;
  const origin = [data.files.join(', '), data.date, `bgpwright planner ${data.version}`];
  byId('origin').textContent = origin.filter((it) => it !== null && it !== '').join(' · ');
  byId('foot').textContent =
    `Made by bgpwright planner ${data.version}. Sessions are what the resources ask for; nothing was asked of a running cluster. ` +
    `Failures are worked out by the rule of ${data.rule} for reflected routes. A pair is a router and another, both of which still run, whose routes it no longer learns.`;
})();

(() => {
  const { counts } = data;
  const [errors, warnings] = findingCounts;
  const failed = counts.sessions - counts.verdicts[0];
  const single = worst.find((it) => it.what.router !== undefined);
  const verdict = byId('verdict');
  verdict.classList.add(errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'good');
  const parts = [];
  parts.push(errors > 0 ? `${counted(errors, 'thing')} will not work.` : 'Everything that is asked for comes up and fits together.');
  if (errors === 0 && failed > 0) parts[0] = `No error, and ${counted(failed, 'session')} of which it is not known whether they come up.`;
  if (single !== undefined) {
    parts.push(`Without ${titleOf(single.what)}${single.note === '' ? '' : ` (${single.note})`}, ${counted(single.pairs, 'pair')} of routers lose each other’s routes.`);
  } else if (worst.some((it) => it.what.domain !== undefined)) {
    parts.push('Any one router may fail; not every rack or zone may.');
  } else parts.push('Any one router may fail, and the others still learn everything.');
  verdict.textContent = parts.join(' ');

  const go = (target, before) => () => { before?.(); goTo(target); };
  function card(title, value, rows = [], { id } = {}) {
    const lines = rows.map(([name, count, action, kind]) =>
      el('li', { 'data-name': name, 'data-count': count, class: kind },
        action === undefined
          ? el('span', {}, name)
          : el('button', { type: 'button', class: 'link', on: { click: action } }, name),
        el('b', {}, number(count))));
    return el('div', { class: 'card', 'data-card': id }, el('p', { class: 'big' }, value), el('h3', {}, title), el('ul', {}, lines));
  }
  const states = data.verdicts.flatMap((name, at) => {
    if (counts.verdicts[at] === 0) return [];
    return [[name, counts.verdicts[at], go('sessions', () => sessionTable.state(at)), at === 0 ? 'good' : 'bad']];
  });
  const types = data.kinds.flatMap((name, at) => {
    const listed = sessions.kind.filter((it) => it === at).length;
    return listed === 0 ? [] : [[name, listed]];
  });
  const short = (kind) => (kind.startsWith('iBGP,') ? 'iBGP, reflected' : kind);
  const byType = new Map();
  for (const [name, count] of types) byType.set(short(name), (byType.get(short(name)) ?? 0) + count);
  for (const mesh of data.meshes) byType.set('full mesh, not listed', (byType.get('full mesh, not listed') ?? 0) + mesh.sessions);
  const spread = new Map();
  data.domains.forEach(([kind]) => spread.set(kind, (spread.get(kind) ?? 0) + 1));
  const usedAses = new Set(routers.asn.map((at) => data.ases[at]));
  byId('cards').append(
    card('nodes', number(counts.nodes), [
      ...(counts.routers > 0 ? [['routers around', counts.routers]] : []),
      ...(data.strangers.length > 0 ? [['unknown neighbours', data.strangers.length]] : []),
      ...(counts.reflectors > 0 ? [['reflectors', counts.reflectors]] : []),
    ], { id: 'nodes' }),
    card(counts.sessions === 1 ? 'session' : 'sessions', number(counts.sessions), states, { id: 'sessions' }),
    card('by type', counts.families.join(' + '), [...byType], { id: 'types' }),
    card('findings', number(data.findings.length),
      severities.flatMap((name, at) => (findingCounts[at] === 0 ? [] : [[`${name}s`, findingCounts[at], go('findings', () => findings.only(at)), name]])), { id: 'findings' }),
    card(usedAses.size === 1 ? `AS: ${[...usedAses][0]}` : 'ASes', number(usedAses.size), [...spread].map(([kind, count]) => [`${kind}s`, count]), { id: 'ases' }),
  );
})();

(() => {
  const button = byId('theme');
  const schemes = ['light dark', 'light', 'dark'];
  const names = ['as the system', 'light', 'dark'];
  let at = 0;
  const show = () => {
    const root = document.documentElement;
    root.style.colorScheme = schemes[at];
    // The picture has colours of its own.
    if (at === 0) delete root.dataset.theme;
    else root.dataset.theme = schemes[at];
    button.textContent = `Colours: ${names[at]}`;
  };
  button.addEventListener('click', () => { at = (at + 1) % schemes.length; show(); });
  show();
})();

byId('print').addEventListener('click', () => print());
addEventListener('beforeprint', () => { findings.all(); sessionTable.print(true); });
addEventListener('afterprint', () => sessionTable.print(false));
