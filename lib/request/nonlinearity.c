/* Nonlinearities: the gain that torch.nn.init.calculate_gain gives each, which scheme suits it, and what keeps its
 * signal. See struct wi_nonlinearity in tables.h; tests/unit/test_nonlinearity.c holds the gains to integrals. */
#include <string.h>

#include "base/names.h"
#include "wi.h"

static double gain_one(double a)
{
    (void)a;
    return 1;
}

static double gain_tanh(double a)
{
    (void)a;
    return 5.0 / 3;
}

static double gain_relu(double a)
{
    (void)a;
    return __builtin_sqrt(2.0);
}

static double gain_leaky_relu(double a)
{
    return __builtin_sqrt(2.0 / (1 + a * a));
}

static double gain_selu(double a)
{
    (void)a;
    return 3.0 / 4;
}

#define GLOROT "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
#define HE "He et al. 2015, Delving Deep into Rectifiers"

/* clang-format off */
static const struct wi_nonlinearity table[WI_NONLINEARITY_COUNT] = {
    [WI_LINEAR] = {"linear", "identity none", "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
                   gain_one, "xavier_uniform", "",
                   "Nothing bends the signal, so the compromise between keeping the forward and the backward variance is the best there is.",
                   GLOROT, false, 1, 1, 1,
                   "xavier and lecun keep both; he makes both 10^7.5 times as large"},
    [WI_SIGMOID] = {"sigmoid", "logistic", "", gain_one, "xavier_uniform", "",
                    "Saturates on both sides; Xavier keeps its inputs in the steep middle. Its slope is 1/4 at most, so gradients shrink "
                    "with every layer whatever the scheme: it is for outputs and gates, not for depth.",
                    GLOROT, false, 1.8462285453386054, 4.722646085937974, 0.10634107474100551,
                    "xavier keeps activations and loses 31 powers of ten of the gradient; with gain=4 it loses 10"},
    [WI_TANH] = {"tanh", "", "", gain_tanh, "xavier_uniform", "",
                 "Linear with slope 1 around zero, which is what Xavier assumes; nonlinearity=tanh multiplies by torch's gain of "
                 "5/3 for deep stacks.",
                 GLOROT, false, 1.5925374197228312, 1.467413591630795, 0.46107083047763137,
                 "xavier loses one power of ten of both; with torch's gain 5/3 gradients gain two"},
    [WI_RELU] = {"relu", "relu6", "", gain_relu, "he_normal", "",
                 "Half of the signal is cut to zero, so the variance must be doubled to 2/fan_in to survive many layers.", HE, false,
                 1.4142135623730951, 1.4142135623730951, 1, "he keeps both, but makes all inputs point the same way; xavier loses 7.5 powers of ten"},
    [WI_LEAKY_RELU] = {"leaky_relu", "lrelu prelu", "", gain_leaky_relu, "he_normal", "nonlinearity=leaky_relu",
                       "The slope a lets a share a*a of the variance through on the negative side: variance 2/((1 + a*a) fan_in).",
                       HE, true, 1.4141428569978353, 1.4141428569978353, 1, "he with the gain of the slope keeps both"},
    [WI_SELU] = {"selu", "", "", gain_selu, "lecun_normal", "",
                 "Self-normalizing networks keep mean 0 and variance 1 only if the weights have variance exactly 1/fan_in.",
                 "Klambauer et al. 2017, Self-Normalizing Neural Networks", false, 1, 0.9660257769739012, 0.7826478831968129,
                 "lecun keeps activations, and gradients within one power of ten; he makes activations 10^1.6 times as large"},
    [WI_GELU] = {"gelu", "", "", NULL, "he_normal", "gain=1.4811",
                 "Close to ReLU for large inputs only: the gain sqrt(2) of He loses 4 to 6 powers of ten in 50 layers. The gain 1.4811 keeps "
                 "gradients, 1.5335 activations, and both grow what chance made larger; transformers use normal std=0.02 and normalize.",
                 "Hendrycks & Gimpel 2016, Gaussian Error Linear Units", false, 1.5335304411955353, 1.481114412708348, 1.1440631968725838,
                 "he loses 3 to 6 powers of ten of both; with gain=1.4811 both stay within one"},
    [WI_SILU] = {"silu", "swish", "", NULL, "he_normal", "gain=1.6233",
                 "Close to ReLU for large inputs only: the gain sqrt(2) of He loses 7 powers of ten in 50 layers. The gain 1.6233 keeps gradients "
                 "of inputs of variance 1, 1.6765 activations; deep stacks need normalization.",
                 "Ramachandran et al. 2017, Searching for Activation Functions", false, 1.6765324703310909, 1.623320257952497,
                 1.1725940540987494, "he loses 7 powers of ten of both; with gain=1.6233 both gain 2 to 3"},
    [WI_ELU] = {"elu", "celu", "", NULL, "he_normal", "",
                "Like ReLU on the positive side; its authors trained with the variance of He.",
                "Clevert et al. 2015, Fast and Accurate Deep Network Learning by Exponential Linear Units", false,
                1.2451983007007064, 1.2234285575526207, 0.8909679718555755,
                "he keeps both within 1.2 powers of ten; with gain=1.2234 within 0.3"},
    [WI_MISH] = {"mish", "", "", NULL, "he_normal", "gain=1.4448",
                 "Close to ReLU for large inputs only: the gain sqrt(2) of He loses 1 to 3 powers of ten in 50 layers. The gain 1.4448 keeps "
                 "gradients, 1.4868 activations.",
                 "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function", false, 1.4868475812732078, 1.4447552325473194,
                 1.0763388163613197, "he loses 1 to 3 powers of ten of both; with gain=1.4448 both stay within one"},
    [WI_SOFTPLUS] = {"softplus", "", "", NULL, "he_normal", "", "A smooth ReLU, so the variance of He applies.", HE, false,
                     1.0418668355353016, 1.8462285453386054, 0.492053172904632,
                     "he keeps activations and loses 1 to 2 powers of ten of the gradient"},
    [WI_SOFTMAX] = {"softmax", "log_softmax", "", NULL, "xavier_uniform", "",
                    "An output layer: Xavier keeps the logits near zero, so that no class starts out preferred.", GLOROT, false,
                    .depth_note = ""},
};
/* clang-format on */

const struct wi_nonlinearity *wi_nonlinearity_at(unsigned i)
{
    return i < WI_NONLINEARITY_COUNT ? &table[i] : NULL;
}

const struct wi_nonlinearity *wi_nonlinearity_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < WI_NONLINEARITY_COUNT; i++)
        if (wi_named_loosely(table[i].name, table[i].aliases, name, len) ||
            wi_named_loosely("", table[i].torch_names, name, len))
            return &table[i];
    return NULL;
}
