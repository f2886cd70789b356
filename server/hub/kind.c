/* see kind.h */
#include "hub/kind.h"

#include <string.h>

#define WRITER                                                                             \
    .library = "transformers", .task = "text-generation", .text = true, .generates = true, \
    .auto_class = "AutoModelForCausalLM"
#define READER .library = "transformers", .task = "fill-mask", .text = true, .auto_class = "AutoModelForMaskedLM"
#define VISION \
    .library = "transformers", .task = "image-classification", .auto_class = "AutoModelForImageClassification"

/* clang-format off */
static const struct srv_hub_kind kinds[] = {
    {"bert", READER},
    {"clip", .library = "transformers", .task = "zero-shot-image-classification", .text = true,
     .processor = SRV_HUB_CLIP, .auto_class = "AutoModel"},
    {"deepseek_v3", WRITER},
    {"diffusers_unet", .library = "diffusers", .auto_class = "UNet2DConditionModel"},
    {"diffusers_vae", .library = "diffusers", .auto_class = "AutoencoderKL"},
    {"distilbert", READER},
    {"gemma", WRITER},
    {"gemma2", WRITER},
    {"gemma3", WRITER},
    {"gpt2", WRITER},
    {"gpt_neox", WRITER},
    {"gpt_oss", WRITER},
    {"gguf", .library = "gguf", .task = "text-generation"}, /* of repositories that have GGUF files alone */
    {"llama", WRITER},
    {"lora", .library = "peft", .auto_class = "AutoModelForCausalLM"},
    {"mistral", WRITER},
    {"mixtral", WRITER},
    {"phi3", WRITER},
    {"qwen2", WRITER},
    {"qwen3", WRITER},
    {"qwen3_moe", WRITER},
    {"resnet", VISION, .processor = SRV_HUB_RESNET},
    {"roberta", READER},
    {"t5", .library = "transformers", .task = "text2text-generation", .text = true, .generates = true,
     .auto_class = "AutoModelForSeq2SeqLM"},
    {"tv_resnet", .library = "timm", .task = "image-classification"},
    {"vit", VISION, .processor = SRV_HUB_VIT},
    {"whisper", .library = "transformers", .task = "automatic-speech-recognition", .text = true, .generates = true,
     .processor = SRV_HUB_WHISPER, .auto_class = "AutoModelForSpeechSeq2Seq"},
};
/* clang-format on */

const struct srv_hub_kind *srv_hub_kind_of(const char *arch)
{
    static const struct srv_hub_kind unknown = {"", .library = "safetensors"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].arch, arch))
            return &kinds[i];
    return &unknown;
}
