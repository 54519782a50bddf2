"""How people say what should change in an avatar: the surface forms, and what fills their slots.

A form is a line of ``_FORMS``. ``*`` marks forms that are held out of training. ``~`` is a fragment ("blue
background"), ``:`` a statement ("she should smile"), all others are commands; each of the three has its own polite
frames. What stands in brackets must be true of the pair: "none" (nothing is left), "some" (there was nothing), "both"
(there is one before and after), a trend ("length+"), a look that the target has and the source has not ("teeth"), or
the other way round ("not teeth"). Slots in braces:

- ``{his}``, ``{him}``, ``{he}``: whose;
- ``{look}``, ``{value}`` and others of ``_PHRASES``: words that are true of the target and not of the source;
- ``{old:look}``: true of the source and not of the target;
- ``{more}``, ``{more:width}``: a comparative, of a measure if one is named;
- ``{a:...}``: with its article.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product

from ganbook.data import avatar_words as words
from ganbook.data.avatar_words import NONE, Trend

_FORMS = {
    "gender": """
        turn {him} into {a:who}
        change {him} to {a:who}
        make {him} {a:who}
        make {him} look {sex}
        ~ {a:who}
        : {he} should be {a:who}
        replace the {old:who} with {a:who}
        transform {him} into {a:who}
        make {him} {sex}
        change {his} gender to {mf}
        ~ {a:who} instead of {a:old:who}
        swap the {old:who} for {a:who}
        give {him} {sex} features
        : i want to see {a:who}
        draw {him} as {a:who}
        make {him} look like {a:who}
        ~ same face but {sex}
        *change {him} from {a:old:who} to {a:who}
        make {his} appearance more {sex}
        ~ {a:sex} version of {him}
        let {him} be {a:who}
        turn this {old:who} into {a:who}
        : the person becomes {a:who}
        ~ {a:sex} avatar
        *: it should be {a:who} instead of {a:old:who}
        change the sex to {mf}
        : {he} is {a:who} now
        switch {him} from {old:mf} to {mf}
        give {him} {a:sex} look
        *show {him} as {a:who}
        *~ {sex} features
        make this person {a:who}
    """,
    "face shape": """
        change the face shape to {look}
        make {his} face {look}
        make {his} face {more}
        give {him} {a:look} face
        [jaw+] make {his} chin and jaw {more:jaw}
        ~ {a:look} face
        ~ {a:more} face
        *: {his} face should be {look}
        [jaw-] make {his} chin and jaw {more:jaw}
        make {his} jaw {more:jaw}
        make {his} face shape {look}
        : {he} needs {a:more} face
        : {his} face should be {more}
        [width+] widen {his} face
        [width-] slim down {his} face
        change {his} {old:look} face to {a:look} one
        *[width-] : {his} face is too wide
        [length+] lengthen {his} face
        [length-] shorten {his} face
        : {he} should have {a:look} face
        make {his} head {more}
        make the shape of {his} face {look}
        ~ face {more}
        *give {him} {a:more} face
        replace {his} {old:look} face with {a:look} one
        [length+] : {his} chin should be longer
        [length-] : {his} chin is too long
        [pointed] give {him} a pointed chin
        [square] give {him} a square jaw
        [width+] : {his} face is too narrow
        make {his} cheeks and jaw {more:jaw}
        ~ {a:look} face instead of {a:old:look} one
        *make {his} head {look}
        turn {his} face into {a:look} face
        : i want {his} face {more}
        ~ {look} face shape
    """,
    "mouth": """
        change the mouth to {a:value}
        give {him} {a:value}
        make {him} {do}
        : {he} should {do}
        ~ {a:value}
        make {him} look {more:smile}
        *let {him} have {a:value}
        let {him} {do}
        : {he} should have {a:value}
        [open] open {his} mouth
        [closed] close {his} mouth
        make {his} mouth {more:width}
        put {a:value} on {his} face
        : i want {him} to {do}
        turn {his} {old:value} into {a:value}
        [teeth] show {his} teeth
        *[not smile] : {he} should not smile
        change {his} expression to {a:value}
        make {his} lips {more:width}
        ~ {a:value} instead of {a:old:value}
        [open] : the mouth becomes open
        : now {he} has {a:value}
        *: {his} expression should be {more:smile}
        draw {him} with {a:value}
        make {his} mouth {more:opening}
        replace {his} {old:value} with {a:value}
        [width-] : {his} mouth is too wide
        ~ {a:more:width} mouth
        have {him} {do}
        [not smile] stop {him} smiling
        [width+] widen {his} mouth
        [smile+] : {his} mouth looks too sad
        *have {him} show {a:value}
    """,
    "nose": """
        change the nose to {a:look} nose
        make {his} nose {more}
        give {him} {a:look} nose
        make {his} nose {look}
        ~ {a:more} nose
        ~ {a:look} nose
        *: {his} nose should be {more}
        [length+] lengthen {his} nose
        [length-] shorten {his} nose
        : {his} nose should be {look}
        : {he} needs {a:more} nose
        [size-] reduce the size of {his} nose
        [size+] enlarge {his} nose
        replace {his} nose with {a:look} one
        *draw {a:look} nose
        [length-] : {his} nose is too long
        [width-] : {his} nose is too wide
        [size-] : {his} nose is too big
        change {his} {old:look} nose to {a:look} one
        give {him} {a:more} nose
        [width+] widen {his} nose
        ~ nose {more}
        *~ {look} nose on {his} face
        put {a:look} nose on {his} face
        [length+] : {his} nose is too short
        change the shape of {his} nose to {look}
        [size-] shrink {his} nose
        *: i want {his} nose to be {more}
        [size+] increase the size of {his} nose
        turn {his} nose into {a:look} nose
        ~ {a:look} nose instead of {a:old:look} one
        : {he} should have {a:look} nose
        [width+] : {his} nose is too thin
        : i want {a:look} nose on {him}
    """,
    "ears": """
        change the ears to {value}
        give {him} {value}
        make {his} ears {more:size}
        make {his} ears {look}
        ~ {value}
        ~ {more:size} ears
        *: {he} needs {value}
        [earrings] put earrings on {him}
        [not earrings] remove the earrings
        : {he} should have {value}
        [out+] make {his} ears stick out more
        [protruding] make {his} ears stick out
        replace {his} ears with {value}
        *: i want {his} ears to be {more:size}
        [size-] : {his} ears are too big
        [size+] : {his} ears are too small
        [earrings] add earrings
        [not earrings] take off {his} earrings
        : {his} ears should be {more:size}
        *~ {value} on {him}
        [size+] enlarge {his} ears
        [size-] reduce the size of {his} ears
        draw {value}
        [earrings] : {he} wears earrings
        [not earrings] ~ no earrings
        [out-] pin back {his} ears
        change {his} {old:look} ears to {look} ones
        ~ {value} instead of {old:value}
        turn {his} ears into {value}
        *[earrings] let {him} wear earrings
        [size+] increase the size of {his} ears
        [not earrings] : {he} should wear no earrings
    """,
    "eye shape": """
        change the eye shape to {look}
        make {his} eyes {look}
        make {his} eyes {more}
        give {him} {look} eyes
        ~ {look} eyes
        ~ {more} eyes
        *: {his} eyes should be {look}
        [size+] increase the eyes size
        [size-] reduce the size of {his} eyes
        change {his} eyes to {look} ones
        : {he} should have {look} eyes
        [opening+] open {his} eyes more
        [opening-] close {his} eyes a bit
        [pupils+] make {his} pupils {more:pupils}
        [pupils-] make {his} pupils {more:pupils}
        *change {his} {old:look} eyes to {look} eyes
        [size+] increase the eyes size concretely {his} pupils
        turn {his} {old:look} eyes into {look} ones
        : {his} eyes should be {more}
        draw {look} eyes
        [size-] : {his} eyes are too big
        [size+] : {his} eyes are too small
        ~ {look} eyes instead of {old:look} ones
        [size+] enlarge {his} eyes
        make the shape of {his} eyes {look}
        *~ {look} eyes on {his} face
        : {he} looks {tired}
        change {his} eyes from {old:look} to {look}
        : {his} eyes look {look}
        replace {his} eyes with {look} ones
        [size-] shrink {his} eyes
        *give {him} {more} eyes
        : {he} needs {more} eyes
        put {look} eyes on {his} face
    """,
    "iris": """
        change the eye {colour} to {look}
        make {his} eyes {look}
        give {him} {look} eyes
        turn {his} eyes {look}
        ~ {look} eyes
        : {his} eyes should be {look}
        *: {he} needs {look} eyes
        change {his} eyes from {old:look} to {look}
        make {his} eyes {more}
        change the {colour} of {his} eyes to {look}
        replace {his} {old:look} eyes with {look} ones
        ~ {more} eyes
        [light+] lighten {his} eyes
        [light-] darken {his} eyes
        : {he} should have {look} eyes
        change {his} {old:look} eyes to {look}
        *draw {his} eyes {look}
        make the iris {look}
        make {his} irises {more}
        ~ {look} eyes instead of {old:look}
        {colour} {his} eyes {look}
        [light+] : {his} eyes are too dark
        [light-] : {his} eyes are too light
        ~ eye {colour} {look}
        *change {his} irises to {look}
        put {look} contact lenses in {his} eyes
        : the irises should be {look}
        : i want {his} eyes {look}
        paint {his} eyes {look}
        *~ {look} eye {colour}
        let {him} have {look} eyes
        set the eye {colour} to {look}
    """,
    "eyebrows": """
        change the eyebrows to {look} ones
        make {his} eyebrows {look}
        make {his} {brows} {more}
        give {him} {look} {brows}
        ~ {more} {brows}
        ~ {look} {brows}
        *: {his} {brows} should be {more}
        [size-] make {his} {brows} smaller
        [thickness+] thicken {his} {brows}
        [thickness-] thin out {his} {brows}
        : {his} {brows} should be {look}
        : {he} should have {look} {brows}
        replace {his} {brows} with {look} ones
        [thickness-] pluck {his} {brows}
        *draw {look} {brows}
        change {his} {old:look} {brows} to {look} ones
        [length+] lengthen {his} {brows}
        [length-] shorten {his} {brows}
        [thickness-] : {his} {brows} are too thick
        [thickness+] : {his} {brows} are too thin
        ~ {brows} {more}
        give {him} {more} {brows}
        *: {he} has {look} {brows}
        ~ {look} {brows} instead of {old:look} ones
        turn {his} {brows} into {look} ones
        : {he} needs {more} {brows}
        [anger+] : {his} {brows} should look {more:anger}
        put {look} {brows} on {his} face
        *: i want {his} {brows} to be {more}
        change the shape of {his} {brows} to {look}
        [size-] reduce the size of {his} {brows}
        make each eyebrow {more}
        : i want {his} {brows} {look}
    """,
    "glasses": """
        : {he} should have {any}
        give {him} {value}
        [none] remove {his} {glasses}
        put {value} on {him}
        [both] change {his} {glasses} to {value}
        [both] make {his} {glasses} {look}
        ~ {value}
        [none] take off {his} {glasses}
        *let {him} have {any}
        [rim-] make the eyeglasses frame {more:rim}
        [transparent] put transparent lenses on the face
        [both] replace {his} {glasses} with {value}
        [both] make {his} {glasses} {more:size}
        [some] give {him} {glasses}
        [some] put {glasses} on {his} face
        *[both] change {his} {old:look} {glasses} to {look} ones
        [none] ~ no {glasses}
        : {he} should wear {value}
        [rim+] make the frame {more:rim}
        make the frames {rims}
        [none] get rid of the {glasses}
        [some] add {glasses}
        change the shape of {his} {glasses} to {shape}
        put a pair of {value} on {his} face
        *~ {any} on {his} face
        [none] take {his} {glasses} off
        [none] : {he} should not wear {glasses}
        let {him} wear {value}
        [tint+] make the lenses {more:tint}
        [tint-] make the lenses {more:tint}
        ~ {value} instead of {old:value}
        [size-] : {his} {glasses} are too big
        [size+] : {his} {glasses} are too small
        *[some] : {he} needs {glasses}
        draw {value} on {him}
        [none] ~ this person without {glasses}
        add {value}
        [some] ~ {glasses}
        : {he} wears {value}
        [none] lose the {glasses}
        make {his} {glasses} {more:width}
        *[none] : {he} should wear no {glasses}
    """,
    "hair": """
        change the hairstyle to {a:value}
        give {him} {a:value}
        ~ {a:value}
        : {he} should have {a:value}
        make {his} hair {look}
        make {his} hair {more}
        *let {him} have {a:value}
        [shave head] shave {his} head
        [bald] make {him} bald
        [tied back] tie {his} hair back
        change {his} {old:value} to {a:value}
        [length+] let {his} hair grow longer
        [length-] cut {his} hair shorter
        [fringe] give {him} a fringe
        *~ {a:value} on {his} head
        replace {his} {old:value} with {a:value}
        ~ {a:value} instead of {a:old:value}
        [not fringe] remove {his} fringe
        [bald] remove {his} hair
        : i want {him} with {a:value}
        draw {him} with {a:value}
        turn {his} {old:value} into {a:value}
        [volume+] give {his} hair more volume
        *: {he} needs {a:value}
        style {his} hair as {a:value}
        [short] cut {his} hair short
        : {his} hair should be {more}
        ~ {more} hair
        [length-] trim {his} hair
        [length-] : {his} hair is too long
        put {his} hair in {a:updo}
        change {his} haircut to {a:value}
        *: {his} hairstyle should be {a:value}
        : {he} wears {a:value}
        [length+] : {his} hair is too short
    """,
    "mustache": """
        : {he} should have {any}
        give {him} {a:value}
        [none] remove {his} {mustache}
        [none] shave off {his} {mustache}
        [both] make {his} {mustache} {more}
        ~ {a:value}
        *let {him} have {any}
        [both] change {his} {mustache} to {a:value}
        [some] give {him} a {mustache}
        add {a:value}
        put {a:value} under {his} nose
        *[both] : i want {his} {mustache} to be {more}
        [some] add a {mustache}
        [none] ~ no {mustache}
        [both] make {his} {mustache} {look}
        [both] replace {his} {mustache} with {a:value}
        let {him} grow {a:value}
        [none] get rid of {his} {mustache}
        [some] : {he} should have a {mustache}
        *[some] : {he} needs a {mustache}
        [thickness+] thicken {his} {mustache}
        [size-] trim {his} {mustache}
        [none] shave {his} {mustache} off
        draw {a:value} above {his} lips
        ~ {a:value} instead of {a:old:value}
        *[none] : {he} should have {any} now
        : {he} has {a:value}
        [both] turn {his} {mustache} into {a:value}
        : {his} {mustache} should be {more}
        [some] draw a {mustache} on {his} face
        [none] : {he} should not have a {mustache}
        *~ {any} on {him}
        [width-] : {his} {mustache} is too wide
        : {he} wears {a:value}
        [some] ~ a {mustache}
    """,
    "beard": """
        : {he} should have {any}
        give {him} {a:value}
        [none] shave off {his} beard
        [none] remove {his} beard
        [both] make {his} beard {more}
        ~ {a:value}
        *let {him} have {any}
        [both] change {his} beard to {a:value}
        [some] give {him} a beard
        add {a:value}
        let {him} grow {a:value}
        [both] make {his} beard {look}
        [none] ~ no beard
        [some] add a beard
        *[both] : i want {his} beard to be {more}
        [both] replace {his} beard with {a:value}
        [length-] trim {his} beard
        [length+] let {his} beard grow longer
        [none] get rid of {his} beard
        put {a:value} on {his} face
        [some] : {he} should have a beard
        *[some] : {he} needs a beard
        [none] shave {his} beard off
        ~ {a:value} instead of {a:old:value}
        draw {a:value} on {his} chin
        [some] let {him} grow a beard
        : {he} has {a:value}
        *~ {any} on {him}
        [both] turn {his} beard into {a:value}
        : {his} beard should be {more}
        [none] : {he} should not have a beard
        change {his} {old:value} to {a:value}
        [length-] : {his} beard is too long
        *[none] : {he} should have {any} now
        : {he} wears {a:value}
        [length-] cut {his} beard shorter
        [some] ~ a beard
    """,
    "clothes": """
        change the clothes to {a:value}
        dress {him} in {a:value}
        put {a:value} on {him}
        give {him} {a:value}
        ~ {a:value}
        ~ {value}
        *let {him} have {a:value}
        : {he} should wear {a:value}
        let {him} wear {a:value}
        replace {his} {old:value} with {a:value}
        make {his} clothes {colour look}
        change {his} outfit to {a:value}
        make {him} wear {a:value}
        *put {him} into {a:value}
        put {him} in {a:value}
        change {his} {old:value} to {a:value}
        make {his} clothes {more:light}
        : {he} wears {a:value}
        change the {colour} of {his} clothes to {colour look}
        ~ {a:value} instead of {a:old:value}
        *change {his} shirt to {a:value}
        : i want {him} in {a:value}
        make {his} shirt {colour look}
        turn {his} {old:value} into {a:value}
        swap {his} {old:value} for {a:value}
        : the {old:value} becomes {a:value}
        make the neckline {more:neckline}
        draw {him} in {a:value}
        *: {his} clothes should be {more:light}
        : {he} should be in {a:value}
        ~ {colour look} clothes
        make {his} top {colour look}
        ~ this person in {a:value}
        : {his} outfit should be {a:value}
        *~ this person with {a:value}
    """,
    "background": """
        change the background to {value}
        make the background {look}
        ~ {look} background
        ~ {value} in the background
        : the background should be {look}
        set the background to {value}
        *: the background needs {value}
        make the backdrop {look}
        put {value} behind {him}
        replace the {old:look} background with {a:look} one
        make the background {more}
        ~ {a:look} background
        change the background from {old:value} to {value}
        ~ {value} as background
        *change the backdrop to {value}
        give {him} {a:look} background
        : i want {a:look} background
        turn the background {look}
        paint the wall {look}
        change the background {colour} to {value}
        *paint the background {look}
        ~ background {value}
        ~ {value} instead of {old:value} in the background
        draw {value} in the background
        change the {old:look} background to {value}
        : the wall behind {him} is {look}
        [light+] lighten the background
        [light-] darken the background
        ~ {a:more} background
        *~ {value} for the background
        [light+] : the background is too dark
        [plain] make the background plain
        [patterned] give the background a pattern
        : the background becomes {look}
        *: the background is {more}
    """,
}
"""The first form of each kind fits every pair; they get rarer and more particular from there."""

_PHRASES = {
    "gender": {
        "who": "woman, man, female, male, lady, gentleman, girl, guy, boy",
        "mf": "female, male",
        "sex": "female, male, feminine, masculine",
    },
    "face shape": {
        "look": """
            (narrow|medium|wide) (round|oval|square|long|pointed), (slim|broad)
            (round|oval|square|long|pointed), round, oval, square, long, pointed, narrow, wide, angular, pointy,
            slim, broad
        """,
    },
    "mouth": {
        "value": """
            small mouth, neutral mouth, wide mouth, gentle smile, normal smile, broad smile, slight frown, deep
            frown, smirk, pout, laugh, grin, surprised mouth, shouting mouth, talking mouth, smile, frown, tiny
            mouth, straight mouth, slight smile, friendly smile, big smile, crooked smile, toothy grin, open
            mouth, closed mouth, happy mouth, sad mouth, neutral expression, sad expression, happy expression,
            surprised expression, soft smile, lopsided smile
        """,
        "do": """
            smile gently, smile broadly, smile, frown, frown deeply, smirk, pout, laugh, grin, shout, talk, look
            surprised, look serious, look happy, look sad, scream, speak, yell
        """,
    },
    "nose": {
        "look": """
            (short|medium|long) (button|broad|pointed|wedge shaped|straight), (small|average)
            (button|broad|pointed|straight), short, long, broad, pointed, straight, wide, pointy, small, flat,
            sharp, (short|long) (wide|sharp|slim)
        """,
    },
    "ears": {
        "value": """
            small ears, medium ears without earrings, large ears without earrings, protruding ears, pointed
            ears, medium ears with earrings, large ears with earrings, large ears, big ears, earrings, elf ears,
            ears that stick out, tiny ears, jug ears, pointy ears, ears with hoops, normal ears, huge ears
        """,
        "look": "small, medium, large, protruding, pointed, big, normal, tiny, pointy, huge",
    },
    "eye shape": {
        "look": """
            small, round, large, wide, narrow, almond shaped, slanted, drooping, sleepy, tired, half closed,
            squinting, happy, cat like, startled, tiny, big, almond, droopy, half shut, squinty, surprised,
            circular, tilted, drowsy, weary, smiling, shocked, huge, slim, wide open
        """,
        "tired": "sleepy, tired, startled, drowsy, exhausted, weary, shocked",
    },
    "iris": {
        "look": """
            black, brown, hazel, amber, green, turquoise, blue, light blue, grey, violet, dark blue, pale blue,
            gray, purple, golden, teal, chestnut, emerald, sky blue, deep blue, jet black, aqua
        """,
    },
    "eyebrows": {
        "look": """
            (thin|medium|thick) (straight|arched|angry|sad|short), (fine|bushy) (straight|arched|angry|short),
            thin, thick, straight, arched, angry, sad, short, bushy, worried, flat, curved, heavy, (thin|thick)
            (flat|curved|worried)
        """,
        "brows": "eyebrows, eyebrows, brows",
    },
    "glasses": {
        "any": """
            no glasses, black round glasses, gold round glasses, red round glasses, black square glasses, blue
            square glasses, white square glasses, black narrow glasses, red narrow glasses, black cat eye
            glasses, red cat eye glasses, blue cat eye glasses, black large glasses, gold large glasses, gold
            aviator glasses, sunglasses, glasses with pink lenses, glasses with yellow lenses, gold glasses with
            clear lenses, black glasses with clear lenses, no spectacles
        """,
        "value": """
            black round glasses, gold round glasses, red round glasses, black square glasses, blue square
            glasses, white square glasses, black narrow glasses, red narrow glasses, black cat eye glasses, red
            cat eye glasses, blue cat eye glasses, black large glasses, gold large glasses, gold aviator
            glasses, sunglasses, glasses with pink lenses, glasses with yellow lenses, gold round glasses with
            clear lenses, black square glasses with clear lenses, gold glasses with clear lenses,
            (red|black|gold|white|blue) (glasses|spectacles|eyeglasses), (red|gold) round (spectacles|specs),
            (black|white|blue) square (spectacles|eyeglasses), (narrow|round|square|large|cat eye)
            (glasses|spectacles), big glasses, oversized black glasses, shades, aviators, tinted glasses, yellow
            glasses, pink glasses, transparent glasses
        """,
        "look": """
            black round, gold round, red round, black square, blue square, white square, black narrow, red
            narrow, black cat eye, red cat eye, blue cat eye, black large, gold large, gold aviator, dark, pink,
            yellow, red, blue, white, gold, black, round, square, narrow, large, tinted, transparent, clear
        """,
        "rims": "black, red, gold, blue, white, golden",
        "shape": "round, square, narrow, cat eye, large, aviator, circular",
        "glasses": "glasses, glasses, glasses, spectacles, eyeglasses, specs",
    },
    "hair": {
        "value": """
            bald head, shaved head, plain short haircut, side parting, quiff, spiky hairstyle, mohawk, receding
            hairline, short curls, afro, bob without a fringe, bob with a fringe, long straight hair without a
            fringe, long hair with a fringe, long waves, bun, pony tail, pigtails, buzz cut, crew cut, short
            hair, long hair, curly hair, wavy hair, spiky hair, bob, ponytail, neat short hair, bob with bangs,
            long hair with bangs, long wavy hair, long straight hair, short curly hair, side part, mohican,
            pompadour, top knot, bunches, straight long hair, spikes, simple short haircut
        """,
        "look": """
            short, long, curly, wavy, spiky, straight, plain, frizzy, spiked, tied back, tied up, short and
            curly, long and wavy
        """,
        "updo": "bun, pony tail, pigtails, ponytail, top knot, bunches",
    },
    "mustache": {
        "any": """
            no mustache, a plain pencil mustache, a wide pencil mustache, a split pencil mustache, a toothbrush
            mustache, a small mustache, a chevron mustache, a plain thick mustache, a walrus mustache, a
            horseshoe mustache, a handlebar mustache, a split thick mustache, an english mustache, no moustache
        """,
        "value": """
            plain pencil mustache, wide pencil mustache, split pencil mustache, toothbrush mustache, small
            mustache, chevron mustache, plain thick mustache, walrus mustache, horseshoe mustache, handlebar
            mustache, split thick mustache, english mustache,
            (pencil|thick|thin|bushy|small|tiny|walrus|handlebar|curled|split|divided|horseshoe|english|chevron)
            moustache, thin mustache, thick mustache, pencil mustache, twirled mustache, wide pencil moustache
        """,
        "look": "thin, thick, small, wide, split, curled, bushy, short, tiny, parted",
        "mustache": "mustache, mustache, moustache",
    },
    "beard": {
        "any": """
            no beard, stubble, a soul patch, a short goatee, a long goatee, a chin beard, a thin chin strap, a
            thick chin strap, a short boxed beard, a full beard, a bushy beard, a long beard, a low beard
        """,
        "value": """
            stubble, soul patch, short goatee, long goatee, chin beard, thin chin strap, thick chin strap, short
            boxed beard, full beard, bushy beard, long beard, low beard, goatee, chin strap, short beard,
            trimmed beard, five o'clock shadow, thick beard, wild beard, neat short beard, small goatee, chin
            curtain, chinstrap, jawline beard
        """,
        "look": "short, full, bushy, long, thick, neat, wild, low, stubbly, trimmed",
    },
    "clothes": {
        "value": """
            white t-shirt, red t-shirt, black turtleneck, blue v-neck, striped shirt, dotted dress, checked
            shirt, green hoodie, suit with a tie, yellow cardigan, purple top with straps, orange sweater,
            turquoise blouse, white tee, red tee, black polo neck, blue v-neck sweater, stripy shirt, polka dot
            dress, plaid shirt, hoodie, suit and tie, cardigan, purple tank top, orange jumper, teal blouse,
            black roll neck, pink dress, lumberjack shirt, suit, strappy top, jumper, sweater, pullover,
            t-shirt, blue v-neck jumper, shirt with stripes, pink dress with spots, tartan shirt, grey suit,
            turtleneck, green sweatshirt, blouse, orange pullover, dress, chequered shirt
        """,
        "colour look": """
            white, red, black, blue, striped, dotted, checked, green, grey, yellow, purple, orange, turquoise,
            teal, violet
        """,
    },
    "background": {
        "value": """
            white, grey, black, red, orange, plain yellow, plain green, plain blue, purple, plain pink, blue
            stripes, yellow stripes, pink dots, green dots, checks, stripes, dots, gray, violet, solid blue,
            solid pink, blue and white stripes, pink spots, green polka dots, lilac, a check pattern, pink polka
            dots, yellow and white stripes, squares, green spots, solid green, solid yellow, lavender
        """,
        "look": """
            white, grey, black, red, orange, plain yellow, plain green, plain blue, purple, plain pink, blue
            striped, yellow striped, pink dotted, green dotted, checked, striped, dotted, spotted, chequered,
            gray, violet, blue, yellow, green, pink, solid blue, solid green, stripy, pink spotted, green
            spotted, checkered, plain
        """,
    },
}
"""Phrases for the slots of each kind. ``(a|b) (c|d)`` stands for all four."""

WHOSE = {
    "woman": {
        "his": "the, her, her, her, her, the person's, the woman's",
        "him": "the person, her, her, her, it, the woman",
        "he": "the person, she, she, she, the woman",
    },
    "man": {
        "his": "the, his, his, his, his, the person's, the man's",
        "him": "the person, him, him, him, it, the man",
        "he": "the person, he, he, he, the man",
    },
}

FRAMES = {
    "": """
        {}; {}; {}; {}; please {}; {} please; can you {}; could you {}; could you please {}; can you please {};
        let's {}; i want you to {}; i'd like you to {}; i would like you to {}; would you {}; just {}; now {};
        try to {}; you should {}
    """,
    "~": """
        {}; {}; {}; {} please; i want {}; i'd like {}; let's have {}; how about {}; give me {}; maybe {}; can i have {};
        i would like {}
    """,
    ":": "{}; {}; {}; {}; {} please; i think {}; maybe {}",
}
"""What a command, a fragment and a statement may stand in."""

BITS = (" ", " ", " ", " a bit ", " slightly ", " a little ", " a little bit ", " much ", " somewhat ")
COLOUR = ("colour", "color")


@dataclass(frozen=True, eq=False)
class Form:
    """A template. ``number`` counts through all kinds, ``mood`` is "", "~" or ":", ``when`` must be true of a pair."""

    number: int
    kind: str
    template: str
    mood: str
    when: str
    unseen: bool


def _read(number: int, kind: str, line: str) -> Form:
    held, when, mood, template = re.fullmatch(r"(\*?)(?:\[(.+?)\])? ?([~:]?) ?(.+)", line.strip()).groups()
    return Form(number, kind, template, mood, when or "", bool(held))


FORMS: tuple[Form, ...] = tuple(
    _read(number, kind, line)
    for number, (kind, line) in enumerate(
        (kind, line) for kind, block in _FORMS.items() for line in block.strip().splitlines()
    )
)
"""All surface forms."""

SEEN = {kind: tuple(form for form in FORMS if form.kind == kind and not form.unseen) for kind in _FORMS}
UNSEEN = {kind: tuple(form for form in FORMS if form.kind == kind and form.unseen) for kind in _FORMS}
MOST_FORMS = max(map(len, SEEN.values()))
"""More forms a kind than this there are not to be seen in training."""


def _expand(text: str) -> tuple[str, ...]:
    """The phrases of a list; "(a|b) c" stands for two."""
    phrases = []
    for part in " ".join(text.split()).split(", "):
        choices = [piece.split("|") for piece in re.split(r"[()]", part.strip(" ,")) if piece]
        phrases += ["".join(pieces) for pieces in product(*choices)]
    return tuple(phrases)


PHRASES = {kind: {slot: _expand(text) for slot, text in slots.items()} for kind, slots in _PHRASES.items()}
NOUN_SLOTS = {"glasses", "mustache", "brows"}
"""Slots that are filled with a synonym of the noun, whatever the pair."""


@cache
def phrases(kind: str, slot: str, true: int, false: int) -> tuple[str, ...]:
    """The phrases of a slot that are true of the first value and not of the second."""
    return tuple(
        phrase
        for phrase in PHRASES[kind][slot]
        if true in words.look_of(kind, phrase) and false not in words.look_of(kind, phrase)
    )


PARTICULAR = {"jaw", "pupils", "neckline"}
"""Measures of a part, which are compared only where a form names it."""


@cache
def comparatives(kind: str, measure: str, source: int, target: int) -> tuple[tuple[str, Trend], ...]:
    """Comparatives that are true of a pair; with no measure named, those whose word alone means theirs."""
    return tuple(
        (word, trend)
        for trend in words.trends(kind, source, target)
        for word in words.COMPARATIVES[kind][trend]
        if (measure == trend[0] if measure else trend[0] not in PARTICULAR and words.TRENDS[kind][word] == trend)
    )


def slots(form: Form) -> list[str]:
    return [slot.removeprefix("a:") for slot in re.findall(r"\{(.+?)\}", form.template)]


def holds(form: Form, source: int, target: int) -> bool:
    """Whether a form's condition is true of a pair."""
    kind, when = form.kind, form.when
    nothing = NONE.get(kind)
    if when in ("", "none", "some", "both"):
        there = (source != nothing, target != nothing)
        return not when or {"none": (True, False), "some": (False, True), "both": (True, True)}[when] == there
    if when[-1] in "+-":
        return words.trend_of(when) in words.trends(kind, source, target)
    if when.startswith("not "):
        source, target, when = target, source, when[4:]
    return target in words.LOOKS[kind][when] and source not in words.LOOKS[kind][when]


@cache
def usable(kind: str, source: int, target: int) -> tuple[Form, ...]:
    """The forms that can be said of a pair of values."""
    return tuple(
        form
        for form in FORMS
        if form.kind == kind
        and holds(form, source, target)
        and all(options(form.kind, slot, source, target) for slot in slots(form))
    )


def options(kind: str, slot: str, source: int, target: int, gender: str = "woman") -> tuple[str, ...]:
    """What may stand in a slot."""
    name, _, measure = slot.partition(":")
    if name in WHOSE[gender]:
        people = split(WHOSE[gender][name])
        return people[:-1] if kind == "gender" else people  # "turn the man into a man" says too much
    if name == "colour":
        return COLOUR
    if name == "more":
        return tuple(word for word, _ in comparatives(kind, measure, source, target))
    if name in NOUN_SLOTS:
        return PHRASES[kind][name]
    if name == "old":
        return phrases(kind, measure, source, target)
    return phrases(kind, name, target, source)


@cache
def split(text: str, mark: str = ", ") -> tuple[str, ...]:
    """The parts of a list."""
    return tuple(" ".join(text.split()).split(mark))


def article(phrase: str) -> str:
    """A phrase with "a" or "an"; none where it is plural or cannot be counted."""
    head = re.split(" with(?:out)? ", phrase)[0]
    if phrase.startswith(("no ", "a ", "an ")) or head.endswith(("hair", "stubble")):
        return phrase
    if head.endswith("s") and not head.endswith(("dress", "walrus")):
        return phrase
    return f"{'an' if head[0] in 'aeiou' else 'a'} {phrase}"
