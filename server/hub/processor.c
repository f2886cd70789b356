/* preprocessor_config.json of vision and audio models. See small.h. */
#include "hub/small.h"

#define RESCALE (1.0 / 255.0)

static json_t *triple(const double v[3])
{
    return json_pack("[f, f, f]", v[0], v[1], v[2]);
}

static const double half[3] = {0.5, 0.5, 0.5};
static const double imagenet_mean[3] = {0.485, 0.456, 0.406}, imagenet_std[3] = {0.229, 0.224, 0.225};
static const double clip_mean[3] = {0.48145466, 0.4578275, 0.40821073};
static const double clip_std[3] = {0.26862954, 0.26130258, 0.27577711};

/* resample: PIL's number, 2 bilinear, 3 bicubic. */
static json_t *image(const char *type, json_t *size, int resample, const double mean[3], const double std[3])
{
    return json_pack("{s:s, s:b, s:o, s:i, s:b, s:f, s:b, s:o, s:o}", "image_processor_type", type, "do_resize", 1,
                     "size", size, "resample", resample, "do_rescale", 1, "rescale_factor", RESCALE, "do_normalize", 1,
                     "image_mean", triple(mean), "image_std", triple(std));
}

static json_t *vit(const json_t *config)
{
    const json_int_t side = srv_hub_number(config, NULL, "image_size", 224);
    return image("ViTImageProcessor", json_pack("{s:I, s:I}", "height", side, "width", side), 2, half, half);
}

/* A convolutional network takes any size: 224 as the published ones, 32 for the tiny one. */
static json_t *resnet(const json_t *config)
{
    const json_int_t side = srv_hub_number(config, NULL, "embedding_size", 64) < 64 ? 32 : 224;
    json_t *own =
        image("ConvNextImageProcessor", json_pack("{s:I}", "shortest_edge", side), 3, imagenet_mean, imagenet_std);
    json_object_set_new(own, "crop_pct", json_real(0.875));
    return own;
}

static json_t *clip(const json_t *config)
{
    const json_int_t side = srv_hub_number(config, "vision_config", "image_size", 224);
    json_t *own = image("CLIPImageProcessor", json_pack("{s:I}", "shortest_edge", side), 3, clip_mean, clip_std);
    json_object_set_new(own, "processor_class", json_string("CLIPProcessor"));
    json_object_set_new(own, "do_center_crop", json_true());
    json_object_set_new(own, "crop_size", json_pack("{s:I, s:I}", "height", side, "width", side));
    json_object_set_new(own, "do_convert_rgb", json_true());
    return own;
}

/* The encoder has a position for every two frames of 10 ms. */
static json_t *whisper(const json_t *config)
{
    const json_int_t frames = 2 * srv_hub_number(config, NULL, "max_source_positions", 1500);
    const json_int_t seconds = frames / 100 > 0 ? frames / 100 : 1;
    return json_pack("{s:s, s:s, s:I, s:i, s:i, s:I, s:i, s:f, s:b, s:I, s:I, s:s}", "feature_extractor_type",
                     "WhisperFeatureExtractor", "processor_class", "WhisperProcessor", "feature_size",
                     srv_hub_number(config, NULL, "num_mel_bins", 80), "sampling_rate", 16000, "hop_length", 160,
                     "chunk_length", seconds, "n_fft", 400, "padding_value", 0.0, "return_attention_mask", 0,
                     "n_samples", seconds * 16000, "nb_max_frames", seconds * 100, "padding_side", "right");
}

json_t *srv_hub_processor(const struct srv_hub_source *source)
{
    static json_t *(*const makers[])(const json_t *config) = {
        [SRV_HUB_VIT] = vit, [SRV_HUB_RESNET] = resnet, [SRV_HUB_CLIP] = clip, [SRV_HUB_WHISPER] = whisper};
    return makers[source->kind->processor](source->config);
}
