/** The sound of a case nobody acknowledged: two tones every four seconds until silenced. */
let timer: ReturnType<typeof setInterval> | undefined;
let audio: AudioContext | undefined;

function beep(): void {
  audio ??= new AudioContext();
  void audio.resume();
  [880, 660].forEach((hertz, i) => {
    const now = (audio as AudioContext).currentTime + i * 0.2;
    const tone = new OscillatorNode(audio as AudioContext, { frequency: hertz });
    const gain = new GainNode(audio as AudioContext, { gain: 0.15 });
    tone.connect(gain).connect((audio as AudioContext).destination);
    tone.start(now);
    tone.stop(now + 0.18);
  });
}
export function soundAlarm(on: boolean): void {
  document.body.dataset.alarm = on ? "on" : "off";
  if (on && timer === undefined) {
    beep();
    timer = setInterval(beep, 4000);
  }
  if (!on) {
    clearInterval(timer);
    timer = undefined;
  }
}
