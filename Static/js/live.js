/**
 * The camera, explained as it goes. One frame is in flight; when its answer is here the newest goes next, and those
 * between are dropped: a queue would only show the past.
 */

import * as api from "./api.js";
import { button, element } from "./elements.js";
import { told, visible } from "./format.js";

/** Longer than the input of most networks, and quick to send. */
const SIDE = 320;

/** After a lost connection the next try waits so long, then longer. */
const RETRY_MS = [500, 1000, 2000, 4000];

export class Panel {
  #stream = null;
  #turn = 0;
  #frame = null;

  constructor(root, { models, session, leave }) {
    Object.assign(this, { models, session, leave });
    this.start = button("live-start", "Start the camera", () => this.#start());
    this.pause = button("live-pause", "Pause", () => this.#pause());
    this.study = button("live-study", "Study this frame", () => this.#study());
    this.video = element("video", { muted: "", playsinline: "" });
    this.video.muted = true;
    const alt = "The camera’s picture with the map of its first class";
    this.picture = element("img", { id: "live-picture", alt, hidden: "" });
    this.bars = element("ol", { id: "live-bars", class: "predictions" });
    this.said = element("p", { id: "live-said", class: "hint", role: "status" },
      "The camera’s pictures are sent to this service, explained and forgotten.");
    root.append(element("h2", {}, "Live"), element("p", { class: "buttons" }, this.start, this.pause, this.study),
      this.said, element("div", { class: "live" }, element("div", {}, this.video, this.picture), this.bars));
    this.render();
  }

  render() {
    this.start.hidden = this.#stream !== null;
    this.pause.disabled = this.#stream === null;
    this.study.disabled = this.#frame === null;
  }

  close() {
    this.#turn += 1;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.render();
  }

  async #start() {
    if (!navigator.mediaDevices) {
      this.said.textContent = "Browsers lend the camera to pages of this machine or over HTTPS only.";
      return;
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
    } catch {
      this.said.textContent = "The camera was not lent to this page. Allow it in the browser, beside the address.";
      return;
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
    this.render();
    this.#run(++this.#turn);
  }

  #pause() {
    this.close();
    this.said.textContent = "Paused. Study this frame, or start again.";
  }

  /** The frame that is shown, kept and opened as a picture. */
  #study() {
    const file = new File([this.#frame], "frame.jpg", { type: "image/jpeg" });
    this.close();
    this.leave();
    this.session.analyse(file, { model: this.models.selected });
  }

  async #run(turn) {
    let [failures, frames, began] = [0, this.#frames(), performance.now()];
    while (turn === this.#turn) {
      const blob = await this.#grab();
      const sent = performance.now();
      try {
        const answer = await api.explain(blob, { model: this.models.selected, include: "picture", side: SIDE });
        if (turn !== this.#turn) return;
        failures = 0;
        const dropped = Math.max(this.#frames() - frames - 1, 0);
        frames = this.#frames();
        const now = performance.now();
        this.#show(blob, answer, { latency: now - sent, rate: 1000 / (now - began), dropped });
        began = now;
      } catch (error) {
        if (turn !== this.#turn) return;
        const wait = Math.max(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)], 1000 * (error.retryAfter ?? 0));
        failures += 1;
        this.said.textContent = `${error.message} Trying again in ${Math.ceil(wait / 1000)} s.`;
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  /** How many frames the camera has shown so far. */
  #frames() {
    return this.video.getVideoPlaybackQuality().totalVideoFrames;
  }

  #grab() {
    const { videoWidth, videoHeight } = this.video;
    const share = SIDE / Math.max(videoWidth, videoHeight, 1);
    const [width, height] = [videoWidth, videoHeight].map((side) => Math.max(1, Math.round(side * share)));
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  }

  #show(blob, { picture_png: picture, predictions }, { latency, rate, dropped }) {
    this.#frame = blob;
    this.picture.src = `data:image/png;base64,${picture}`;
    this.picture.hidden = false;
    this.bars.replaceChildren(...predictions.map((prediction) => element("li", {},
      element("span", { class: "label" }, visible(prediction.label)), ` ${told(prediction)}`)));
    this.said.textContent = `${rate.toFixed(1)} pictures a second, ${Math.round(latency)} ms each; ${dropped} ` +
      "frames dropped since the last.";
    this.render();
  }
}
