/** The sound of what calls for a person: one tone for high, two for critical, again and again until it is taken or snoozed. */
let timer: ReturnType<typeof setInterval> | undefined;
let every = 0;
let sounding = 0;
let audio: AudioContext | undefined;

const CRITICAL = 5;
const CRITICAL_HERTZ = [880, 660, 880];
const HIGH_HERTZ = [660];

function beep(): void {
  audio ??= new AudioContext();
  void audio.resume();
  (sounding >= CRITICAL ? CRITICAL_HERTZ : HIGH_HERTZ).forEach((hertz, i) => {
    const now = (audio as AudioContext).currentTime + i * 0.2;
    const tone = new OscillatorNode(audio as AudioContext, { frequency: hertz });
    const gain = new GainNode(audio as AudioContext, { gain: 0.15 });
    tone.connect(gain).connect((audio as AudioContext).destination);
    tone.start(now);
    tone.stop(now + 0.18);
  });
}

/** Sounds for a severity, at once and then every so many seconds; 0 is silence. */
export function soundAlarm(severity: number, every_s: number): void {
  document.body.dataset.alarm = severity ? "on" : "off";
  const graver = severity > sounding;
  sounding = severity;
  if (severity && timer !== undefined && every === every_s && !graver) return;
  clearInterval(timer);
  timer = undefined;
  every = every_s;
  if (!severity) return;
  beep();
  timer = setInterval(beep, every_s * 1000);
}
