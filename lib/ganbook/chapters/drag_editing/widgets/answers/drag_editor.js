// Answers of the editor of drags, as drag_editor.py and inference.py give them: part 0 of the model draws, 1 sees where the avatar is, 2 moves codes.

answers.drag_editor = ({ rules }, { side, sizes: { styles, latent } }, load) => {
  const shape = [1, styles, latent];
  const within = (value, low, high) => Math.min(high, Math.max(low, value));
  const cell = (x, y) => `${Math.min(Math.floor(x), side - 1)},${Math.min(Math.floor(y), side - 1)}`;
  let last = { codes: new Float32Array(0) }; // what was seen of the codes that an edit began with

  const drawn = async (model, codes) => {
    const [[pixels], maps] = await model.run(0, { ws: [codes, shape] });
    return { codes, pixels, maps };
  };

  /** Picture, features and avatar of codes; a drag asks for those of the same codes again and again. */
  async function seen(model, codes) {
    if (last.codes.length === codes.length && last.codes.every((value, i) => value === codes[i])) return last;
    const found = await drawn(model, codes);
    const [[there]] = await model.run(1, { seen: [found.pixels, [1, side, side, 3]] });
    last = { ...found, there: Uint8Array.from(there) };
    return last;
  }

  /** Features at points x, y on the canvas from -1 to 1, between pixels bilinear. */
  function readAt([maps, [, channels, height, width]], points) {
    return points.map(([x, y]) => {
      const [column, row] = [[x, width], [y, height]].map(([at, n]) => within(((at + 1) * n - 1) / 2, 0, n - 1));
      const [left, top] = [Math.floor(column), Math.floor(row)];
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      const [across, down] = [column - left, row - top];
      return Float32Array.from({ length: channels }, (_, c) => {
        const at = (y0, x0) => maps[(c * height + y0) * width + x0];
        return (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) + down * ((1 - across) * at(bottom, left) + across * at(bottom, right));
      });
    });
  }

  /** For each point the place near where it is expected whose feature is most like the wanted one. */
  function foundAgain(maps, wanted, expected) {
    return expected.map(([x, y], n) => {
      const near = [];
      for (let down = -rules.reach; down <= rules.reach; down += 1) {
        for (let across = -rules.reach; across <= rules.reach; across += 1) {
          near.push([within(x + (2 * across) / side, -1, 1), within(y + (2 * down) / side, -1, 1)]);
        }
      }
      const away = readAt(maps, near).map((feature) => feature.reduce((sum, value, c) => sum + (value - wanted[n][c]) ** 2, 0));
      return near[away.indexOf(Math.min(...away))];
    });
  }

  const strength = (motions) => Math.max(...motions.map(([dx, dy, e]) => Math.max(Math.hypot(dx / rules.units[0], dy / rules.units[1]), Math.abs(e / rules.units[2]))));

  /** One step: motions of unit length, and their true length as strength. */
  async function moved(model, codes, motions, features, points) {
    const length = strength(motions);
    const flat = (rows, scale = 1) => [Float32Array.from(rows.flatMap((row) => [...row]), (value) => value * scale), [1, rows.length, rows[0].length]];
    const [[found]] = await model.run(2, {
      codes: [codes, shape], motions: flat(motions, 1 / length), features: flat(features), points: flat(points), alpha: [Float32Array.of(rules.gain * length), [1]],
    });
    return Float32Array.from(found);
  }

  function refuse(drags, anchors) {
    for (const [name, all] of [["a drag", drags], ["an anchor", anchors]]) {
      for (const each of all) {
        if (!each.every(Number.isFinite)) throw new Error(`${name}: expected finite numbers, got ${each.join(", ")}`);
        if (each.slice(0, 2).some((value) => value < 0 || value > side)) {
          throw new Error(`${name} at (${each[0]}, ${each[1]}) lies out of the picture, which has ${side} pixels a side`);
        }
      }
    }
  }

  /** A drag that ends in the picture and zooms no more than can be. */
  function bounded([x, y, dx, dy, zoom], notes) {
    const end = [x + dx, y + dy].map((value) => within(value, 0, side));
    const held = within(zoom, -rules.zoom, rules.zoom);
    if (end[0] !== x + dx || end[1] !== y + dy) notes.push("A drag that left the picture ends at its border.");
    if (held !== zoom) notes.push("One edit at most doubles or halves lengths.");
    return end[0] === x + dx && end[1] === y + dy ? [x, y, dx, dy, held] : [x, y, end[0] - x, end[1] - y, held];
  }

  /** The pixel of the avatar that is nearest to a place on the background, or null. */
  function beside(there, x, y) {
    let [best, nearest] = [rules.reach ** 2, null];
    there.forEach((avatar, i) => {
      const [row, column] = [Math.floor(i / side), i % side];
      const away = (column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2;
      if (avatar && (nearest ? away < best : away <= best)) [best, nearest] = [away, [column, row]];
    });
    return nearest;
  }

  /** Drags whose handles lie on the background snap to an avatar nearby, or are ignored. */
  function onAvatar(there, drags, notes) {
    const found = new Map();
    for (const [where, drag] of drags) {
      const [column, row] = where.split(",").map(Number);
      if (there[row * side + column]) {
        found.set(where, drag);
        continue;
      }
      const nearest = beside(there, drag[0], drag[1]);
      if (!nearest) {
        notes.push("There is nothing to take hold of on the background: a drag was ignored.");
        continue;
      }
      notes.push("A handle on the background was put on the avatar beside it.");
      found.set(nearest.join(), [nearest[0] + 0.5, nearest[1] + 0.5, ...drag.slice(2)]);
    }
    return found;
  }

  /** What can be done of what is asked for, and a sentence for everything that was changed or ignored. */
  function cleaned(there, drags, anchors) {
    const notes = [];
    let kept = new Map();
    for (const each of drags) {
      const drag = bounded(each, notes);
      const where = cell(drag[0], drag[1]);
      if (Math.hypot(drag[2], drag[3]) < 1e-6 && Math.abs(drag[4]) < 1e-6) {
        notes.push("A drag of length 0 was ignored; an anchor holds a place.");
        continue;
      }
      if (kept.has(where)) notes.push("Of two drags on the same spot the later one counts.");
      kept.set(where, drag);
    }
    if (kept.size) kept = onAvatar(there, kept, notes);
    const held = new Map();
    for (const [x, y] of anchors) {
      if (kept.has(cell(x, y))) notes.push("An anchor on the spot of a drag was ignored.");
      else held.set(cell(x, y), [x, y]);
    }
    const room = Math.max(0, rules.most - kept.size);
    if (kept.size > rules.most) notes.push(`${kept.size - rules.most} of ${kept.size} drags were ignored: at most ${rules.most} motions count.`);
    if (held.size > room) notes.push(`${held.size - room} of ${held.size} anchors were ignored: at most ${rules.most} motions count.`);
    return { drags: [...kept.values()].slice(0, rules.most), anchors: [...held.values()].slice(0, room), notes: [...new Set(notes)] };
  }

  /** Long moves go in steps, each from the picture of the last; handles and anchors are found again by their features. */
  async function gone(model, { codes, maps: first }, drags, anchors) {
    const onCanvas = (at) => at.map((value) => (2 * value) / side - 1);
    const points = [...drags.map(([x, y]) => onCanvas([x, y])), ...anchors.map(onCanvas)];
    const motions = [...drags.map(([, , dx, dy, zoom]) => [dx, dy, -zoom]), ...anchors.map(() => [0, 0, 0])];
    const steps = Math.min(rules.steps, Math.max(1, Math.ceil(strength(motions) / rules.longest)));
    const wanted = readAt(first, points);
    let [ws, maps, here] = [codes, first, points];
    for (let step = 0; step < steps; step += 1) {
      if (step) {
        await new Promise((done) => setTimeout(done)); // the page gets its turn
        ({ maps } = await drawn(model, ws));
        here = foundAgain(maps, wanted, points.map(([x, y], n) => [x + (2 * motions[n][0] * step) / steps / side, y + (2 * motions[n][1] * step) / steps / side]));
      }
      ws = await moved(model, ws, motions.map((motion) => motion.map((value) => value / steps)), readAt(maps, here), here);
    }
    return ws;
  }

  return async (request, buffers) => {
    if (request.kind !== "edit") throw new Error("A picture can only be looked for where Python runs: run make lab and open this widget's chapter.");
    const codes = new Float32Array(buffers[0].slice().buffer);
    if (codes.length !== styles * latent) throw new Error(`expected ${4 * styles * latent} bytes, got ${4 * codes.length}`);
    if (!codes.every(Number.isFinite)) throw new Error("expected finite codes");
    refuse(request.drags, request.anchors);
    const model = await load();
    const start = await seen(model, codes);
    const { drags, anchors, notes } = cleaned(start.there, request.drags, request.anchors);
    if (!drags.length) return { notes, buffers: [new Uint8Array(codes.buffer), start.pixels] };
    const ws = await gone(model, start, drags, anchors);
    const { pixels } = await drawn(model, ws);
    return { notes, buffers: [new Uint8Array(ws.buffer), pixels] };
  };
};
