// Wavelength has no recordings: its player performs. A track's id, tempo and key decide every note,
// so a song is the same song each time, and works without a network.
"use strict";

const NOTES = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SCALES = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] };
const TURNS = [[0, 5, 3, 4], [0, 3, 5, 4], [5, 3, 0, 4], [0, 2, 5, 3]];
const SOLID = (path) => `<svg class="icon" viewBox="0 0 24 24"><path class="solid" d="${path}"/></svg>`;
const PAUSE = SOLID("M7 5h3.6v14H7zM13.4 5H17v14h-3.6z");

const bar = document.querySelector(".player");
let sound = null; // the audio context and what leads to the speaker
let song = null; // what plays now

function dice(seed) {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 16777619), 2166136261);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 374761393;
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
  };
}

function compose(data) {
  const roll = dice(data.seed);
  const [root, mode] = data.key.split(" ");
  return {
    ...data,
    button: null,
    beat: 60 / data.bpm,
    root: 45 + NOTES[root],
    scale: SCALES[mode],
    turn: TURNS[Math.floor(roll() * TURNS.length)],
    figure: Array.from({ length: 8 }, () => (roll() < 0.24 ? null : Math.floor(roll() * 4))),
    drums: data.bpm >= 100,
    step: 0,
  };
}

function pitch(degree) {
  const octave = Math.floor(degree / 7);
  return 440 * 2 ** ((song.root + 12 * octave + song.scale[degree % 7] - 69) / 12);
}

function tone(shape, frequency, at, length, loudness, cutoff) {
  const voice = new OscillatorNode(sound.context, { type: shape, frequency });
  const filter = new BiquadFilterNode(sound.context, { type: "lowpass", frequency: cutoff });
  const gain = new GainNode(sound.context, { gain: 0 });
  gain.gain.linearRampToValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + Math.min(0.25, length / 4));
  gain.gain.exponentialRampToValueAtTime(0.0008, at + length);
  voice.connect(filter).connect(gain).connect(sound.out);
  voice.start(at);
  voice.stop(at + length + 0.05);
}

function drum(at) {
  const voice = new OscillatorNode(sound.context, { frequency: 120 });
  const gain = new GainNode(sound.context, { gain: 0.5 });
  voice.frequency.exponentialRampToValueAtTime(42, at + 0.12);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
  voice.connect(gain).connect(sound.out);
  voice.start(at);
  voice.stop(at + 0.25);
}

function perform(step, at) {
  const chord = song.turn[Math.floor(step / 8) % 4];
  if (step % 8 === 0) {
    for (const third of [0, 2, 4]) {
      tone("sawtooth", pitch(chord + third), at, song.beat * 4.2, 0.07, 700);
    }
    tone("triangle", pitch(chord) / 2, at, song.beat * 3.8, 0.22, 400);
  }
  const note = song.figure[step % 8];
  if (note !== null && step >= 16) {
    tone("triangle", pitch(chord + 7 + note * 2), at, song.beat * 0.9, 0.09, 2600);
  }
  if (song.drums && step >= 32 && step % 2 === 0) {
    drum(at);
  }
}

function clock(seconds) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const minutes = `${seconds >= 3600 ? two((seconds % 3600) / 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${minutes}` : minutes;
}

function tick() {
  if (!song) return;
  const now = sound.context.currentTime;
  while (song.next < now + 0.4) {
    perform(song.step++, song.next);
    song.next += song.beat / 2;
  }
  const heard = Math.min(song.seconds, song.from + now - song.begun);
  bar.querySelector(".player-time").textContent = `${clock(heard)} / ${clock(song.seconds)}`;
  bar.querySelector(".progress").style.setProperty("--done", `${(100 * heard) / song.seconds}%`);
  if (heard >= song.seconds) stop();
}

function start(button) {
  stop();
  const context = new AudioContext();
  const out = new GainNode(context, { gain: 0.55 });
  out.connect(new DynamicsCompressorNode(context)).connect(context.destination);
  sound = { context, out, timer: setInterval(tick, 120) };
  const { seed, title, by, key, bpm, seconds, from = 0 } = button.dataset;
  song = compose({ seed, title, by, key, bpm: Number(bpm), seconds: Number(seconds), from: Number(from) });
  song.button = button;
  song.begun = song.next = context.currentTime + 0.1;
  button.classList.add("on");
  bar.innerHTML = `<button class="play" type="button" aria-label="Stop">${PAUSE}</button>
    <span class="player-text"><b></b><span class="quiet"></span></span>
    <span class="player-time quiet"></span><span class="progress"></span>`;
  bar.querySelector("b").textContent = title;
  bar.querySelector(".player-text .quiet").textContent = by;
  bar.hidden = false;
  tick();
}

function stop() {
  if (!song) return;
  clearInterval(sound.timer);
  sound.context.close();
  song.button.classList.remove("on");
  song = sound = null;
  bar.hidden = true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-seed]");
  if (button) {
    song && song.button === button ? stop() : start(button);
  } else if (event.target.closest(".player .play")) {
    stop();
  }
});
